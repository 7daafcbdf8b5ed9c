/* State of fetched lists.  See list_store.h. */
#include "classify/list_store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_PAUSE 60 /* seconds after a first failure */

bool
list_store_path(const char *folder, const char *name, const char *file, char *dst, size_t dst_size)
{
	int n = snprintf(dst, dst_size, "%s/%s%s%s", folder, name, *file ? "/" : "", file);

	return n > 0 && (size_t)n < dst_size;
}

/* ---- the text ---- */

static const struct {
	const char *key;
	size_t offset;
	size_t room; /* 0: a number */
} fields[] = {
	{"url", offsetof(struct list_state, url), LIST_URL_MAX + 1},
	{"etag", offsetof(struct list_state, etag), LIST_VALIDATOR_MAX + 1},
	{"last-modified", offsetof(struct list_state, last_modified), LIST_VALIDATOR_MAX + 1},
	{"error", offsetof(struct list_state, error), LIST_ERROR_MAX + 1},
	{"fetched", offsetof(struct list_state, fetched), 0},
	{"checked", offsetof(struct list_state, checked), 0},
	{"tried", offsetof(struct list_state, tried), 0},
	{"next", offsetof(struct list_state, next), 0},
	{"bytes", offsetof(struct list_state, bytes), 0},
	{"entries", offsetof(struct list_state, entries), 0},
	{"failures", offsetof(struct list_state, failures), 0},
};

void
list_state_parse(struct slice text, struct list_state *state)
{
	struct slice line;

	*state = (struct list_state){0};
	while (slice_split(&text, '\n', &line)) {
		struct slice key = slice_sub(line, 0, slice_find(line, ' '));
		struct slice value = slice_sub(line, key.len + 1, line.len);

		for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
			char *at = (char *)state + fields[i].offset;
			uint64_t number;

			if (!slice_eq(key, slice_of(fields[i].key)))
				continue;
			if (fields[i].room)
				slice_to_cstr(slice_sub(value, 0, fields[i].room - 1), at, fields[i].room);
			else if (slice_to_u64(value, &number))
				memcpy(at, &number, sizeof number);
		}
	}
}

size_t
list_state_format(const struct list_state *state, char dst[LIST_STATE_BYTES_MAX])
{
	size_t at = 0;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		const char *from = (const char *)state + fields[i].offset;
		size_t begin;
		uint64_t number;

		if (fields[i].room && *from == '\0')
			continue;
		at += (size_t)snprintf(dst + at, LIST_STATE_BYTES_MAX - at, "%s ", fields[i].key);
		begin = at;
		memcpy(&number, from, sizeof number);
		at += fields[i].room ? (size_t)snprintf(dst + at, LIST_STATE_BYTES_MAX - at, "%s", from)
				     : (size_t)snprintf(dst + at, LIST_STATE_BYTES_MAX - at, "%" PRIu64, number);
		/* A server's text must not begin a line of its own. */
		for (; begin < at; begin++)
			if ((unsigned char)dst[begin] < ' ' || dst[begin] == 0x7f)
				dst[begin] = '?';
		dst[at++] = '\n';
	}
	return at;
}

/* ---- the files ---- */

void
list_store_read(const char *folder, const char *name, struct list_state *state)
{
	char path[4096], text[LIST_STATE_BYTES_MAX];
	ssize_t n = 0;
	int fd;

	*state = (struct list_state){0};
	if (!list_store_path(folder, name, LIST_STATE_FILE, path, sizeof path) ||
		(fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)) < 0)
		return;
	n = read(fd, text, sizeof text);
	close(fd);
	list_state_parse(slice_make(text, n > 0 ? (size_t)n : 0), state);
}

static bool
make_folder(const char *path)
{
	return mkdir(path, 0755) == 0 || errno == EEXIST;
}

int
list_store_write(const char *folder, const char *name, const struct list_state *state)
{
	char path[4096], beside[4096], text[LIST_STATE_BYTES_MAX];
	size_t len = list_state_format(state, text);
	int fd, result = 0;

	if (!list_store_path(folder, name, "", path, sizeof path))
		return -ENAMETOOLONG;
	if (!make_folder(folder) || !make_folder(path))
		return -errno;
	if (!list_store_path(folder, name, LIST_STATE_FILE, path, sizeof path) ||
		!list_store_path(folder, name, LIST_STATE_FILE ".new", beside, sizeof beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		result = errno ? -errno : -EIO;
	if (close(fd) < 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(beside, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(beside);
	return result;
}

/* ---- when, and whether ---- */

uint64_t
list_next_attempt(uint64_t now, uint64_t refresh, uint64_t failures, uint64_t random)
{
	uint64_t pause = refresh;

	if (failures) {
		pause = FIRST_PAUSE;
		for (uint64_t i = 1; i < failures && pause < refresh; i++)
			pause *= 2;
		if (pause > refresh)
			pause = refresh;
	}
	return now + pause - random % (pause / 10 + 1);
}

bool
list_is_plausible(uint64_t had, uint64_t has)
{
	return has > 0 && has >= had / 2 + had % 2;
}
