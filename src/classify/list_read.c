/* Files of lists.  See list_read.h. */
#include "classify/list_read.h"

#include "classify/list_archive.h"
#include "classify/list_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK (256u << 10)
#define PROGRESS_EVERY (1u << 20)
#define LINE_SHOWN 60 /* bytes of a bad line that are shown */

uint64_t
list_report_skipped(const struct list_report *report)
{
	uint64_t skipped = 0;

	for (unsigned i = LIST_BAD; i < LIST_CLASSES; i++)
		skipped += report->classes[i];
	return skipped;
}

/* One file being read. */
struct file {
	struct list_reader *reader;
	struct list_report *report;
	const struct list_source *source;
	enum conf_list_format format;
	int category;
	enum list_use use;
	char *chunk;      /* owned: CHUNK bytes and room for what is left of a line */
	size_t held;      /* of it */
	uint64_t line;    /* from 1 */
	bool is_skipping; /* within a line that is too long */
};

/* ---- what lists say of themselves ---- */

void
list_make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

static void
keep_stated(struct slice line, const char *key, char dst[LIST_TEXT_MAX])
{
	struct slice value;
	size_t len = strlen(key);

	if (dst[0] || !slice_starts_with_nocase(line, slice_of(key)) || line.len <= len || line.ptr[len] != ':')
		return;
	value = slice_trim(slice_sub(line, len + 1, line.len));
	slice_to_cstr(slice_sub(value, 0, LIST_TEXT_MAX - 1), dst, LIST_TEXT_MAX);
	list_make_printable(dst);
}

/* Comments such as "! License: https://..." or "# Title: ...". */
static void
read_comment(struct slice line, struct list_report *report)
{
	while (line.len && (line.ptr[0] == '#' || line.ptr[0] == '!' || line.ptr[0] == ';' || line.ptr[0] == ' '))
		line = slice_sub(line, 1, line.len);
	keep_stated(line, "License", report->licence);
	keep_stated(line, "Licence", report->licence);
	keep_stated(line, "Title", report->attribution);
	keep_stated(line, "Homepage", report->attribution);
}

/* ---- lines ---- */

/* Names one of the first unusable lines; printable, whatever it holds. */
static void
name_line(struct file *f, struct slice line, enum list_class class)
{
	char shown[LINE_SHOWN + 1];
	size_t n = line.len < LINE_SHOWN ? line.len : LINE_SHOWN;

	if (f->report->named == LIST_NAMED_MAX || (class != LIST_BAD && class != LIST_SINGLE_LABEL))
		return;
	f->report->named++;
	for (size_t i = 0; i < n; i++)
		shown[i] = line.ptr[i] >= ' ' && line.ptr[i] < 0x7f ? line.ptr[i] : '?';
	shown[n] = '\0';
	problems_add(f->reader->problems, true, f->source->path, (unsigned)f->line, 1, NULL, "%s: \"%s\"%s",
		class == LIST_BAD ? "not read" : "a name of one label is not listed", shown, line.len > n ? "..." : "");
}

static enum list_class
use_item(struct file *f, const struct list_item *item)
{
	struct category_builder *b = f->reader->builder;
	unsigned category = (unsigned)f->category;
	bool used = false;

	if (item->class == LIST_URL && f->use == LIST_USE_ADD)
		used = category_builder_add_url(b, item->host, item->path, category);
	else if (item->class > LIST_ADDRESS)
		return item->class == LIST_URL ? LIST_PATTERN : item->class;
	else if (f->use == LIST_USE_ADD)
		used = category_builder_add_host(b, item->host, category);
	else if (f->use == LIST_USE_ALLOW)
		used = category_builder_allow(b, item->host);
	else
		used = category_builder_block(b, item->host, category);
	return used ? item->class : LIST_BAD;
}

static void
show_item(const struct file *f, const struct list_item *item)
{
	const struct list_place place = {
		.list = f->report->name,
		.path = f->source->path,
		.line = f->line,
		.category = f->use == LIST_USE_ALLOW ? NULL
						     : category_builder_name(f->reader->builder, (unsigned)f->category),
		.use = f->use,
	};

	f->reader->watch(f->reader->context, &place, item);
}

static void
read_line(struct file *f, struct slice line)
{
	struct list_line items = list_line_begin(f->format, line);
	struct list_item item;

	f->report->lines++;
	while (list_line_next(&items, &item)) {
		enum list_class class;

		if (f->reader->watch && item.class <= LIST_URL)
			show_item(f, &item);
		class = use_item(f, &item);

		f->report->classes[class]++;
		if (class == LIST_NOTHING)
			read_comment(line, f->report);
		else if (class > LIST_NOTHING)
			name_line(f, line, class);
	}
}

/* Reads the whole lines in the chunk and keeps what is left over. */
static void
read_lines(struct file *f, bool is_last)
{
	struct slice rest = slice_make(f->chunk, f->held);

	while (rest.len) {
		size_t end = slice_find(rest, '\n');

		if (end == rest.len && !is_last)
			break;
		f->line++;
		if (f->is_skipping || end > LIST_LINE_MAX) {
			f->report->lines++;
			f->report->classes[LIST_BAD]++;
			name_line(f, slice_sub(rest, 0, end), LIST_BAD);
			f->is_skipping = false;
		} else {
			read_line(f, slice_sub(rest, 0, end));
		}
		rest = slice_sub(rest, end + 1, rest.len);
	}
	if (rest.len > LIST_LINE_MAX) {
		f->is_skipping = true;
		rest.len = 0;
	}
	memmove(f->chunk, rest.ptr, rest.len);
	f->held = rest.len;
}

static void
tell_progress(struct file *f, uint64_t *told)
{
	uint64_t at = f->source->position ? f->source->position(f->source->context) : *told;

	f->reader->read += at - *told;
	*told = at;
	if (f->reader->progress)
		f->reader->progress(
			f->reader->context, f->report->name, f->reader->read, list_report_entries(f->report));
}

/* What the first bytes say: which format it is, and a mark of UTF-8, which is no part of the first name. */
static void
look_at_begin(struct file *f)
{
	const char mark[] = "\xef\xbb\xbf";

	if (slice_starts_with(slice_make(f->chunk, f->held), slice_of(mark))) {
		f->held -= sizeof mark - 1;
		memmove(f->chunk, f->chunk + sizeof mark - 1, f->held);
	}
	if (f->format == CONF_LIST_AUTO)
		f->format = list_format_guess(slice_make(f->chunk, f->held));
	if (f->report->format == CONF_LIST_AUTO)
		f->report->format = f->format;
}

/* NULL, or why it could not be read to its end. */
static const char *
read_all(struct file *f)
{
	const struct list_source *source = f->source;
	const char *why = NULL;
	uint64_t told = source->position ? source->position(source->context) : 0;
	bool is_first = true;
	ssize_t n;

	while ((n = source->read(source->context, f->chunk + f->held, CHUNK, &why)) > 0) {
		f->held += (size_t)n;
		f->report->bytes += (uint64_t)n;
		if (f->report->bytes > LIST_BYTES_MAX)
			return "the list is larger than 4 GiB";
		if (is_first)
			look_at_begin(f);
		is_first = false;
		read_lines(f, false);
		tell_progress(f, &told);
	}
	read_lines(f, true);
	tell_progress(f, &told);
	return why;
}

static bool
fail(struct list_reader *reader, const char *path, const char *why)
{
	problems_add(reader->problems, false, path, 0, 0, "the table that is in force stays; correct list { path }",
		"the list cannot be read: %s", why);
	return false;
}

/* Only files and folders: a FIFO or a device would never end. */
static bool
is_file(int fd, struct list_report *report)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if ((uint64_t)st.st_mtime > report->newest)
		report->newest = (uint64_t)st.st_mtime;
	return true;
}

bool
list_read_lines(struct list_reader *reader, const struct list_source *source, int category, enum list_use use,
	struct list_report *report)
{
	struct file f = {.reader = reader,
		.report = report,
		.source = source,
		.format = report->format,
		.category = category,
		.use = use,
		.chunk = malloc(CHUNK + LIST_LINE_MAX + 1)};
	const char *why = f.chunk ? read_all(&f) : "memory is out";

	report->files++;
	free(f.chunk);
	return why == NULL || fail(reader, source->path, why);
}

bool
list_count_lines(
	struct list_reader *reader, const struct list_source *source, enum list_class class, struct list_report *report)
{
	const char *why = NULL;
	bool is_begin = true;
	char chunk[4096];
	ssize_t n;

	while ((n = source->read(source->context, chunk, sizeof chunk, &why)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			report->classes[class] += is_begin && chunk[i] != '\n' && chunk[i] != '\r' && chunk[i] != '#';
			is_begin = chunk[i] == '\n';
		}
		report->bytes += (uint64_t)n;
		if (report->bytes > LIST_BYTES_MAX)
			why = "the list is larger than 4 GiB";
		if (why)
			break;
	}
	return why == NULL || fail(reader, source->path, why);
}

/* ---- files ---- */

static ssize_t
read_gz(void *context, char *dst, size_t size, const char **why)
{
	gzFile gz = context;
	int n = gzread(gz, dst, (unsigned)size), error;
	const char *text = gzerror(gz, &error);

	/* At the end of a file cut short there is no more, and an error. */
	if (n < 0 || (n == 0 && error == Z_BUF_ERROR))
		*why = error == Z_BUF_ERROR ? "it is cut short" : text;
	return n;
}

static uint64_t
position_gz(void *context)
{
	return (uint64_t)gzoffset(context);
}

bool
list_read_fd(struct list_reader *reader, int fd, const char *path, const char *category, enum list_use use,
	struct list_report *report)
{
	struct list_source source = {.path = path, .read = read_gz, .position = position_gz};
	const char *name = category ? category : report->name;
	int number;
	bool done;

	if (!is_file(fd, report)) {
		close(fd);
		return fail(reader, path, "it is no file");
	}
	if (list_archive_is(fd)) {
		done = list_read_archive(reader, fd, path, category, use, report);
		close(fd);
		return done;
	}
	number = use == LIST_USE_ALLOW ? 0 : category_builder_category(reader->builder, slice_of(name));
	report->categories = use != LIST_USE_ALLOW;
	if (number < 0 || (source.context = gzdopen(fd, "rb")) == NULL) {
		close(fd);
		return fail(reader, path,
			number < 0 ? "its category is no word of printable characters, or there are "
				     "more than 1024"
				   : "memory is out");
	}
	gzbuffer(source.context, CHUNK);
	done = list_read_lines(reader, &source, number, use, report);
	gzclose_r(source.context);
	return done;
}

bool
list_read_file(struct list_reader *reader, const char *path, const char *category, enum list_use use,
	struct list_report *report)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? fail(reader, path, strerror(errno)) : list_read_fd(reader, fd, path, category, use, report);
}
