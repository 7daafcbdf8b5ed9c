/* Archives of lists, by libarchive.  See list_archive.h. */
#include "classify/list_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "classify/archive_library.h"
#include "classify/list_lines.h"

#define BLOCK (64u << 10)
#define TAR_BLOCK 512
#define TAR_MAGIC_AT 257   /* "ustar", of both POSIX and GNU */
#define ALIAS_BYTES_MAX 64 /* of a small file that holds the name of a category */
#define NAMES_MEMORY (1u << 20)

bool
list_archive_is(int fd)
{
	char block[TAR_BLOCK];
	int copy = lseek(fd, 0, SEEK_SET) == 0 ? dup(fd) : -1;
	gzFile gz = copy < 0 ? NULL : gzdopen(copy, "rb");
	int n = 0;

	if (gz) {
		gzbuffer(gz, 8192);
		n = gzread(gz, block, sizeof block);
		gzclose_r(gz);
	} else if (copy >= 0) {
		close(copy);
	}
	lseek(fd, 0, SEEK_SET); /* shared with the copy */
	return n == TAR_BLOCK && memcmp(block + TAR_MAGIC_AT, "ustar", 5) == 0;
}

/* Another name of a category, which may yet be to come. */
struct link {
	struct slice name;
	struct slice target;
};

struct reading {
	struct list_reader *reader;
	struct list_report *report;
	const char *path;
	const char *category; /* of all; NULL: the folders' names */
	enum list_use use;
	struct archive *archive;
	struct arena names;
	struct slice folders[CATEGORIES_MAX]; /* that have lists */
	size_t folder_count;
	struct link links[CATEGORIES_MAX];
	size_t link_count;
};

static bool
fail(struct reading *r, const char *why)
{
	problems_add(r->reader->problems, false, r->path, 0, 0,
		"the table that is in force stays; correct the list, or where it comes from",
		"the archive of lists cannot be read: %s", why);
	return false;
}

/* ---- names of entries ---- */

/* "blacklists/adult/domains" is "adult" and "domains". */
static void
split_path(struct slice path, struct slice *folder, struct slice *name)
{
	size_t slash, start;

	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	for (slash = path.len; slash > 0 && path.ptr[slash - 1] != '/';)
		slash--;
	*name = slice_sub(path, slash, path.len);
	path.len = slash ? slash - 1 : 0;
	for (start = path.len; start > 0 && path.ptr[start - 1] != '/';)
		start--;
	*folder = slice_sub(path, start, path.len);
	if (slice_eq(*folder, SLICE(".")))
		*folder = SLICE_EMPTY;
}

static bool
is_known(const struct reading *r, struct slice name)
{
	for (size_t i = 0; i < r->folder_count; i++)
		if (slice_eq(r->folders[i], name))
			return true;
	for (size_t i = 0; i < r->link_count; i++)
		if (slice_eq(r->links[i].name, name))
			return true;
	return false;
}

static void
keep_link(struct reading *r, struct slice name, struct slice target)
{
	while (target.len && (target.ptr[target.len - 1] == '\n' || target.ptr[target.len - 1] == '/'))
		target.len--;
	if (target.len == 0 || slice_find(target, '/') < target.len || slice_find(target, '\n') < target.len ||
		r->link_count == CATEGORIES_MAX)
		return;
	r->links[r->link_count] = (struct link){arena_copy(&r->names, name), arena_copy(&r->names, target)};
	if (r->links[r->link_count].name.ptr && r->links[r->link_count].target.ptr)
		r->link_count++;
}

/* Once all folders are known: what does not lead to one is no other name. */
static void
use_links(struct reading *r)
{
	for (size_t i = 0; i < r->link_count; i++) {
		const struct link *l = &r->links[i];

		if (is_known(r, l->target) && !category_builder_alias(r->reader->builder, l->name, l->target))
			problems_add(r->reader->problems, true, r->path, 0, 0, NULL,
				"\"%.*s\" is not another name of \"%.*s\": they would go round in a loop",
				SLICE_ARG(l->name), SLICE_ARG(l->target));
	}
}

/* ---- contents ---- */

static ssize_t
read_entry(void *context, char *dst, size_t size, const char **why)
{
	struct reading *r = context;
	ssize_t n = libarchive.read_data(r->archive, dst, size);

	if (n < 0)
		*why = libarchive.error_string(r->archive) ? libarchive.error_string(r->archive) : "it is damaged";
	return n;
}

static uint64_t
packed_bytes(void *context)
{
	return (uint64_t)libarchive.filter_bytes(((struct reading *)context)->archive, -1);
}

static bool
read_lines(struct reading *r, struct slice folder)
{
	struct slice name = r->category ? slice_of(r->category) : folder.len ? folder : slice_of(r->report->name);
	int category = r->use == LIST_USE_ALLOW ? 0 : category_builder_category(r->reader->builder, name);
	char shown[512];
	const struct list_source source = {.path = shown, .read = read_entry, .position = packed_bytes, .context = r};

	if (category < 0)
		return fail(r, "a folder's name is no name of a category, or there are more than 1024");
	if (!is_known(r, name) && r->folder_count < CATEGORIES_MAX) {
		r->folders[r->folder_count] = arena_copy(&r->names, name);
		r->folder_count += r->folders[r->folder_count].ptr != NULL;
		r->report->categories++;
	}
	snprintf(shown, sizeof shown, "%.300s:%.*s", r->path, (int)(folder.len < 100 ? folder.len : 100), folder.ptr);
	return list_read_lines(r->reader, &source, category, r->use, r->report);
}

/* What a file called LICENSE or COPYING begins with. */
static void
read_licence(struct reading *r, struct slice name)
{
	char text[LIST_TEXT_MAX];
	ssize_t n = 0;
	struct slice rest, line = SLICE_EMPTY;

	if (r->report->licence[0] ||
		(!slice_starts_with_nocase(name, SLICE("LICEN")) && !slice_starts_with_nocase(name, SLICE("COPYING"))))
		return;
	if (!slice_ends_with(name, SLICE(".pdf")))
		n = libarchive.read_data(r->archive, text, sizeof text);
	rest = slice_make(text, n > 0 ? (size_t)n : 0);
	while (rest.len && slice_split(&rest, '\n', &line))
		if (slice_trim(line).len)
			break;
	line = n > 0 ? slice_sub(slice_trim(line), 0, 150) : SLICE_EMPTY;
	name = slice_sub(name, 0, 80);
	if (line.len)
		snprintf(
			r->report->licence, sizeof r->report->licence, "%.*s (%.*s)", SLICE_ARG(line), SLICE_ARG(name));
	else
		snprintf(r->report->licence, sizeof r->report->licence, "see %.*s", SLICE_ARG(name));
	list_make_printable(r->report->licence);
}

static void
read_small(struct reading *r, struct slice name)
{
	char text[ALIAS_BYTES_MAX];
	ssize_t n = libarchive.read_data(r->archive, text, sizeof text);

	if (n > 0)
		keep_link(r, name, slice_make(text, (size_t)n));
}

static bool
use_entry(struct reading *r, struct archive_entry *entry)
{
	const char *path = libarchive.entry_pathname(entry), *target = libarchive.entry_symlink(entry);
	struct slice folder, name;

	if (path == NULL)
		return true;
	split_path(slice_of(path), &folder, &name);
	if (target && r->category == NULL)
		keep_link(r, name, slice_of(target));
	if (libarchive.entry_filetype(entry) != AE_IFREG || name.len == 0)
		return true;
	if (libarchive.entry_mtime(entry) > 0 && (uint64_t)libarchive.entry_mtime(entry) > r->report->newest)
		r->report->newest = (uint64_t)libarchive.entry_mtime(entry);
	if (slice_eq(name, SLICE("domains")) || slice_eq(name, SLICE("urls")))
		return read_lines(r, folder);
	if (slice_eq(name, SLICE("expressions"))) {
		const struct list_source source = {.path = r->path, .read = read_entry, .context = r};

		return list_count_lines(r->reader, &source, LIST_EXPRESSION, r->report);
	}
	read_licence(r, name);
	if (r->category == NULL && libarchive.entry_size(entry) > 0 && libarchive.entry_size(entry) <= ALIAS_BYTES_MAX)
		read_small(r, name);
	return true;
}

static bool
use_entries(struct reading *r)
{
	struct archive_entry *entry;
	unsigned count = 0;
	int result;

	while ((result = libarchive.read_next_header(r->archive, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN) {
		if (++count > LIST_ARCHIVE_ENTRIES_MAX)
			return fail(r, "it has more than 100000 entries");
		if (!use_entry(r, entry))
			return false;
	}
	if (result != ARCHIVE_EOF)
		return fail(
			r, libarchive.error_string(r->archive) ? libarchive.error_string(r->archive) : "it is damaged");
	if (r->folder_count == 0)
		return fail(r, "it holds no folder with a file called domains or urls");
	if (r->use != LIST_USE_ALLOW)
		use_links(r);
	return true;
}

bool
list_read_archive(struct list_reader *reader, int fd, const char *path, const char *category, enum list_use use,
	struct list_report *report)
{
	struct reading *r = calloc(1, sizeof *r);
	bool done = false;

	if (r == NULL)
		return false;
	r->reader = reader;
	r->report = report;
	r->path = path;
	if (!archive_library_load() || (r->archive = libarchive.read_new()) == NULL) {
		fail(r, "libarchive cannot be used; install the package libarchive13");
		free(r);
		return false;
	}
	r->category = category;
	r->use = use;
	r->names = arena_make(NAMES_MEMORY);
	report->format = CONF_LIST_SQUIDGUARD;
	report->newest = 0; /* that of its entries, not when the archive was written here */
	libarchive.read_support_filter_gzip(r->archive);
	libarchive.read_support_format_tar(r->archive);
	if (libarchive.read_open_fd(r->archive, fd, BLOCK) != ARCHIVE_OK)
		fail(r, libarchive.error_string(r->archive) ? libarchive.error_string(r->archive) : "it is no archive");
	else
		done = use_entries(r);
	libarchive.read_free(r->archive);
	arena_release(&r->names);
	free(r);
	return done;
}
