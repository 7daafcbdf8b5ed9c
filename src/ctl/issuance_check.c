/* Verifying the files of the issuance log.  See issuance_check.h. */
#include "ctl/issuance_check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "tls/issuance_files.h"

struct log_file {
	char *name;     /* owned */
	uint64_t first; /* the number of its first line */
};

struct visitor {
	/* A line without its newline; is_cut: it has none.  False: no more of them. */
	bool (*visit)(struct visitor *self, struct slice line, bool is_cut);
};

/* Visits each line of a file.  False where it cannot be read to its end. */
static bool
each_line(int folder, const char *name, struct visitor *visitor)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	gzFile file = fd < 0 ? NULL : gzdopen(fd, "r");
	struct buffer line = buffer_make(2 * ISSUANCE_LINE_MAX);
	bool goes_on = file != NULL;
	int status = Z_ERRNO;

	if (fd >= 0 && file == NULL)
		close(fd);
	while (goes_on) {
		char *room = buffer_reserve(&line, 4096);
		int n = room && gzgets(file, room, 4096) ? (int)strlen(room) : 0;
		struct slice whole;

		buffer_commit(&line, (size_t)n);
		whole = buffer_slice(&line);
		if (n > 0 && whole.ptr[whole.len - 1] != '\n' && whole.len <= ISSUANCE_LINE_MAX)
			continue;
		if (whole.len == 0)
			break;
		goes_on = whole.ptr[whole.len - 1] == '\n'
				  ? visitor->visit(visitor, slice_sub(whole, 0, whole.len - 1), false)
				  : (visitor->visit(visitor, whole, true), false);
		buffer_clear(&line);
	}
	if (file) {
		gzerror(file, &status);
		gzclose(file);
	}
	buffer_release(&line);
	return file != NULL && status >= 0;
}

/* ---- which files, in which order ---- */

struct first_line {
	struct visitor visitor;
	struct issuance_verdict verdict;
};

static bool
note_first(struct visitor *visitor, struct slice line, bool is_cut)
{
	struct first_line *first = (struct first_line *)visitor;

	(void)is_cut;
	issuance_log_verify_line(&first->verdict, line);
	return false;
}

static int
older_first(const void *a, const void *b)
{
	const struct log_file *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static size_t
find_files(int folder, struct log_file **files)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *item;
	struct log_file *grown;
	size_t count = 0;

	while (dir && (item = readdir(dir)) != NULL) {
		struct first_line first = {.visitor.visit = note_first};

		if (strcmp(item->d_name, ISSUANCE_LOG_NAME) != 0 && !issuance_files_is_rotated(slice_of(item->d_name)))
			continue;
		grown = realloc(*files, (count + 1) * sizeof *grown);
		if (grown == NULL)
			break;
		*files = grown;
		each_line(folder, item->d_name, &first.visitor);
		grown[count] = (struct log_file){strdup(item->d_name), first.verdict.first_seq};
		count += grown[count].name != NULL;
	}
	if (dir)
		closedir(dir);
	if (count)
		qsort(*files, count, sizeof **files, older_first);
	return count;
}

/* ---- the chain ---- */

struct chain {
	struct visitor visitor;
	struct issuance_verdict *verdict;
	unsigned line; /* of this file */
	const char *wrong;
};

static bool
check_line(struct visitor *visitor, struct slice line, bool is_cut)
{
	struct chain *chain = (struct chain *)visitor;

	chain->line++;
	chain->wrong = is_cut ? "is cut off" : issuance_log_verify_line(chain->verdict, line);
	return chain->wrong == NULL;
}

struct tail {
	struct visitor visitor;
	FILE *out;
	uint64_t skip;
};

static bool
print_line(struct visitor *visitor, struct slice line, bool is_cut)
{
	struct tail *tail = (struct tail *)visitor;

	(void)is_cut;
	if (tail->skip)
		tail->skip--;
	else
		fprintf(tail->out, "%.*s\n", SLICE_ARG(line));
	return true;
}

bool
issuance_check(int folder, FILE *out, size_t lines, struct issuance_check *check, struct problems *problems)
{
	struct log_file *files = NULL;
	size_t count = find_files(folder, &files);
	struct tail tail = {.visitor.visit = print_line, .out = out};
	bool is_whole = count > 0;

	*check = (struct issuance_check){.files = count};
	for (size_t i = 0; i < count && is_whole; i++) {
		struct chain chain = {.visitor.visit = check_line, .verdict = &check->verdict};

		if (!each_line(folder, files[i].name, &chain.visitor)) {
			problems_add(problems, false, files[i].name, 0, 0, NULL, "cannot be read to its end");
			is_whole = false;
		} else if (chain.wrong) {
			problems_add(problems, false, files[i].name, chain.line, 0,
				"compare with a copy kept elsewhere; whoever changed it had root on this machine",
				"the line %s", chain.wrong);
			is_whole = false;
		}
	}
	if (check->verdict.lines > lines)
		tail.skip = check->verdict.lines - lines;
	for (size_t i = 0; i < count; i++) {
		if (lines)
			each_line(folder, files[i].name, &tail.visitor);
		free(files[i].name);
	}
	free(files);
	return is_whole;
}
