/* The files of records.  See log_files.h. */
#include "ctl/log_files.h"

#include "record/record.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define READ_STEP 65536

/* Whether `name` is what rotation makes of `base`: ".1", "-20261121", and either with ".gz". */
static bool
is_rotated(struct slice name, struct slice base)
{
	struct slice rest;

	if (!slice_starts_with(name, base) || name.len < base.len + 2)
		return false;
	rest = slice_sub(name, base.len, name.len);
	if (rest.ptr[0] != '.' && rest.ptr[0] != '-')
		return false;
	rest = slice_sub(rest, 1, rest.len - (slice_ends_with(rest, SLICE(".gz")) ? 3 : 0));
	for (size_t i = 0; i < rest.len; i++) {
		if (!ascii_is_digit(rest.ptr[i]) && rest.ptr[i] != '-')
			return false;
	}
	return rest.len > 0;
}

struct found {
	char *path;
	struct timespec written;
};

static int
older_first(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->written.tv_sec != y->written.tv_sec)
		return x->written.tv_sec < y->written.tv_sec ? -1 : 1;
	if (x->written.tv_nsec != y->written.tv_nsec)
		return x->written.tv_nsec < y->written.tv_nsec ? -1 : 1;
	return strcmp(y->path, x->path); /* FILE.2 before FILE.1 */
}

static bool
add_found(struct found **list, size_t *count, const char *path, uint64_t since)
{
	struct found *grown;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return true;
	if (((uint64_t)st.st_mtim.tv_sec + 1) * 1000000000u < since)
		return true;
	grown = realloc(*list, (*count + 1) * sizeof *grown);
	if (grown == NULL)
		return false;
	*list = grown;
	grown[*count] = (struct found){strdup(path), st.st_mtim};
	if (grown[*count].path == NULL)
		return false;
	(*count)++;
	return true;
}

/* Collects the rotated files that lie beside path. */
static bool
find_rotated(const char *path, uint64_t since, struct found **list, size_t *count)
{
	const char *slash = strrchr(path, '/');
	struct slice base = slice_of(slash ? slash + 1 : path);
	char folder[PATH_MAX], whole[PATH_MAX + NAME_MAX + 2];
	struct dirent *item;
	bool done = true;
	DIR *dir;

	if (!slice_to_cstr(slash ? slice_make(path, (size_t)(slash - path) + 1) : SLICE("./"), folder, sizeof folder))
		return true;
	dir = opendir(folder);
	while (dir && done && (item = readdir(dir)) != NULL) {
		if (!is_rotated(slice_of(item->d_name), base))
			continue;
		snprintf(whole, sizeof whole, "%s%s", folder, item->d_name);
		done = add_found(list, count, whole, since);
	}
	if (dir)
		closedir(dir);
	return done;
}

bool
log_files_open(struct log_files *l, const char *path, uint64_t since)
{
	struct found *list = NULL;
	size_t count = 0;
	bool done;

	*l = (struct log_files){.in = buffer_make(RECORD_LINE_MAX + READ_STEP)};
	done = find_rotated(path, since, &list, &count);
	if (count > 1)
		qsort(list, count, sizeof *list, older_first);
	/* FILE itself comes last whatever its time, and is there even where it is older. */
	done = done && add_found(&list, &count, path, 0);
	l->paths = done && count ? malloc(count * sizeof l->paths[0]) : NULL;
	for (size_t i = 0; i < count; i++) {
		if (l->paths)
			l->paths[l->count++] = list[i].path;
		else
			free(list[i].path);
	}
	free(list);
	if (l->count == 0)
		snprintf(l->error, sizeof l->error, "%.200s: %s", path, done ? strerror(ENOENT) : strerror(ENOMEM));
	return l->count > 0;
}

/* False where the file's end is not where its compression says. */
static bool
close_file(struct log_files *l)
{
	bool whole = l->file == NULL || gzclose(l->file) == Z_OK;

	l->file = NULL;
	l->skipping = false;
	buffer_clear(&l->in);
	return whole;
}

void
log_files_close(struct log_files *l)
{
	close_file(l);
	for (size_t i = 0; i < l->count; i++)
		free(l->paths[i]);
	free(l->paths);
	buffer_release(&l->in);
}

/* Reads on in the open file, or opens the next one; false at the end of the last. */
static bool
fill(struct log_files *l)
{
	char *to;
	int n;

	while (l->file == NULL) {
		if (l->at == l->count)
			return false;
		l->file = gzopen(l->paths[l->at], "re");
		if (l->file == NULL && l->error[0] == '\0')
			snprintf(l->error, sizeof l->error, "%.200s: %s", l->paths[l->at], strerror(errno));
		if (l->file == NULL)
			l->at++;
	}
	if (buffer_len(&l->in) > RECORD_LINE_MAX) {
		l->bad_lines += !l->skipping;
		l->skipping = true;
		buffer_clear(&l->in);
	}
	to = buffer_reserve(&l->in, READ_STEP);
	n = to ? gzread(l->file, to, READ_STEP) : -1;
	if (n > 0) {
		buffer_commit(&l->in, (size_t)n);
		return true;
	}
	/* A last line without its end is being written, or was cut off. */
	l->bad_lines += buffer_len(&l->in) > 0 && l->at + 1 < l->count;
	if ((!close_file(l) || n < 0) && l->error[0] == '\0')
		snprintf(l->error, sizeof l->error, "%.200s: it is damaged, or memory is out", l->paths[l->at]);
	l->at++;
	return true;
}

bool
log_files_next(struct log_files *l, struct slice *line, struct entry *e)
{
	size_t taken = 0;

	for (;;) {
		struct slice held = buffer_slice(&l->in);
		size_t end = taken + slice_find(slice_sub(held, taken, held.len), '\n');

		if (end == held.len) {
			if (!fill(l))
				return false;
			taken = buffer_len(&l->in) > held.len ? held.len : 0;
			continue;
		}
		*line = slice_sub(held, 0, end);
		taken = 0;
		buffer_consume(&l->in, end + 1);
		if (l->skipping)
			l->skipping = false;
		else if (entry_parse(*line, e))
			return true;
		else
			l->bad_lines++;
	}
}
