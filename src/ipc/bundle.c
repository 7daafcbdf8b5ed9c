/* Named blobs in a sealed memory file.  See bundle.h. */
#include "ipc/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct blob_header {
	uint32_t name_len;
	uint32_t size;
};

#define NAME_MAX_LEN 4096
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

void
bundle_begin(struct bundle_writer *w)
{
	*w = (struct bundle_writer){.fd = memfd_create("sluice-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
	if (w->fd < 0)
		w->error = -errno;
}

static void
write_all(struct bundle_writer *w, const void *from, size_t n)
{
	const char *at = from;

	while (w->error == 0 && n > 0) {
		ssize_t put = write(w->fd, at, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			w->error = -errno;
			return;
		}
		at += put;
		n -= (size_t)put;
		w->size += (size_t)put;
	}
}

void
bundle_add(struct bundle_writer *w, struct slice name, struct slice bytes)
{
	struct blob_header header = {(uint32_t)name.len, (uint32_t)bytes.len};

	if (name.len > NAME_MAX_LEN || bytes.len > BUNDLE_MAX - w->size - name.len - sizeof header)
		w->error = -EFBIG;
	write_all(w, &header, sizeof header);
	write_all(w, name.ptr, name.len);
	write_all(w, bytes.ptr, bytes.len);
}

int
bundle_seal(struct bundle_writer *w)
{
	int fd = w->fd;

	if (w->error == 0 && fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		w->error = -errno;
	w->fd = -1;
	if (w->error == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return w->error;
}

int
bundle_open(struct bundle *b, int fd)
{
	struct stat st;
	size_t at = 0;
	struct slice name, bytes;

	*b = (struct bundle){0};
	/* Unsealed, its writer could change it under our eyes. */
	if (fcntl(fd, F_GET_SEALS) != SEALS)
		return -EPERM;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_size > BUNDLE_MAX)
		return -EFBIG;
	if (st.st_size == 0)
		return 0;
	b->map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (b->map == MAP_FAILED) {
		b->map = NULL;
		return -errno;
	}
	b->size = (size_t)st.st_size;
	while (bundle_next(b, &at, &name, &bytes))
		continue;
	if (at == b->size)
		return 0;
	bundle_close(b);
	return -EBADMSG;
}

void
bundle_close(struct bundle *b)
{
	if (b->map)
		munmap(b->map, b->size);
	*b = (struct bundle){0};
}

bool
bundle_next(const struct bundle *b, size_t *at, struct slice *name, struct slice *bytes)
{
	struct blob_header header;
	size_t left = b->size - *at;

	if (left < sizeof header)
		return false;
	memcpy(&header, b->map + *at, sizeof header);
	left -= sizeof header;
	if (header.name_len > left || header.size > left - header.name_len)
		return false;
	*name = slice_make(b->map + *at + sizeof header, header.name_len);
	*bytes = slice_make(name->ptr + name->len, header.size);
	*at += sizeof header + header.name_len + header.size;
	return true;
}
