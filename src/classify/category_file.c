/* Mapping category tables.  See category_file.h. */
#include "classify/category_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
category_file_map(struct category_file *f, int fd)
{
	const char *wrong;
	struct stat st;

	*f = (struct category_file){.map = NULL};
	if (fstat(fd, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return "it is no category table";
	f->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (f->map == MAP_FAILED) {
		f->map = NULL;
		return strerror(errno);
	}
	f->size = (size_t)st.st_size;
	wrong = category_table_open(&f->table, slice_make(f->map, f->size));
	if (wrong)
		category_file_close(f);
	return wrong;
}

const char *
category_file_open(struct category_file *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *wrong;

	*f = (struct category_file){.map = NULL};
	if (fd < 0)
		return strerror(errno);
	wrong = category_file_map(f, fd);
	close(fd);
	return wrong;
}

void
category_file_close(struct category_file *f)
{
	if (f->map)
		munmap(f->map, f->size);
	*f = (struct category_file){.map = NULL};
}
