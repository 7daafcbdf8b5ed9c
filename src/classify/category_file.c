/* Mapping category tables.  See category_file.h. */
#include "classify/category_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pages.h"

const char *
category_file_open(struct category_file *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *wrong = NULL;
	struct stat st;

	*f = (struct category_file){.map = NULL};
	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &st) < 0)
		wrong = strerror(errno);
	else if (!S_ISREG(st.st_mode) || st.st_size == 0)
		wrong = "it is no category table";
	else if ((f->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED) {
		f->map = NULL;
		wrong = strerror(errno);
	}
	close(fd);
	if (wrong)
		return wrong;
	f->size = (size_t)st.st_size;
	wrong = category_table_open(&f->table, slice_make(f->map, f->size));
	if (wrong)
		category_file_close(f);
	return wrong;
}

const char *
category_file_copy(struct category_file *f, struct slice bytes)
{
	const char *wrong;

	*f = (struct category_file){.map = NULL};
	if (bytes.len == 0)
		return "it is no category table";
	f->map = pages_alloc(bytes.len);
	if (f->map == NULL)
		return strerror(errno);
	f->size = bytes.len;
	memcpy(f->map, bytes.ptr, bytes.len);
	wrong = category_table_open(&f->table, slice_make(f->map, f->size));
	if (wrong)
		category_file_close(f);
	return wrong;
}

void
category_file_close(struct category_file *f)
{
	pages_free(f->map, f->size); /* which unmaps a file just as well */
	*f = (struct category_file){.map = NULL};
}
