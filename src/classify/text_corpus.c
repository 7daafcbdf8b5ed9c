/* Reading labelled texts.  See text_corpus.h. */
#include "classify/text_corpus.h"

#include "classify/charset.h"
#include "classify/html_text.h"
#include "classify/mime.h"
#include "classify/text_normal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one document ---- */

struct chain {
	struct text_features *features;
	struct text_normal normal;
	struct html_text html;
	bool is_html;
};

static bool
to_features(void *context, struct slice text)
{
	return text_features_push(context, text);
}

static bool
to_normal(void *context, struct slice text)
{
	struct chain *chain = context;

	return text_normal_push(&chain->normal, text, to_features, chain->features);
}

static bool
to_text(void *context, struct slice text)
{
	struct chain *chain = context;

	return chain->is_html ? html_text_push(&chain->html, text, to_normal, chain) : to_normal(chain, text);
}

void
text_corpus_count(struct text_features *f, struct slice document)
{
	static const struct mime_hints no_hints;
	enum mime_class class = mime_type_class(mime_sniff(slice_sub(document, 0, MIME_HEAD), &no_hints).type);
	struct chain chain = {.features = f, .is_html = class == MIME_CLASS_HTML || class == MIME_CLASS_XML};
	struct charset_reader reader;

	html_text_start(&chain.html, class == MIME_CLASS_XML);
	text_normal_start(&chain.normal);
	charset_open(&reader, charset_choose(document, SLICE_EMPTY, NULL));
	if (charset_push(&reader, document, to_text, &chain) && charset_finish(&reader, to_text, &chain) &&
		(!chain.is_html || html_text_finish(&chain.html, to_normal, &chain)))
		text_normal_finish(&chain.normal, to_features, f);
	charset_close(&reader);
	text_features_finish(f);
}

static int
by_bucket(const void *a, const void *b)
{
	uint32_t x = text_feature_bucket(*(const uint32_t *)a), y = text_feature_bucket(*(const uint32_t *)b);

	return (x > y) - (x < y);
}

static bool
add_document(struct text_corpus *c, struct slice text, unsigned label)
{
	struct text_document *d;
	struct text_features f;

	if (c->count == c->room) {
		uint32_t room = c->room ? c->room * 2 : 1024;
		struct text_document *grown = reallocarray(c->documents, room, sizeof *grown);

		if (grown == NULL)
			return false;
		c->documents = grown;
		c->room = room;
	}
	text_features_start(&f, &c->vocabulary, TEXT_DOCUMENT_MAX);
	text_corpus_count(&f, text);
	c->bytes += f.bytes;
	d = &c->documents[c->count];
	*d = (struct text_document){.label = label, .features = malloc((f.used + 1) * sizeof *d->features)};
	for (uint32_t i = 0; d->features && i < f.capacity; i++)
		if (f.table[i])
			d->features[d->count++] = f.table[i];
	text_features_release(&f);
	if (d->features == NULL)
		return false;
	qsort(d->features, d->count, sizeof *d->features, by_bucket);
	c->count++;
	return true;
}

/* ---- labels ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool
is_label(struct slice name)
{
	if (name.len == 0 || name.len >= TEXT_LABEL_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((uint8_t)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
			return false;
	return true;
}

/* The label's number, or -1. */
static int
find_label(const struct text_corpus *c, struct slice name)
{
	for (unsigned i = 0; i < c->label_count; i++)
		if (slice_eq(slice_of(c->labels[i]), name))
			return (int)i;
	return -1;
}

static bool
add_label(struct text_corpus *c, struct slice name, char error[TEXT_MODEL_ERROR_MAX])
{
	if (find_label(c, name) >= 0)
		return true;
	if (!is_label(name) || c->label_count == TEXT_CLASSES_MAX) {
		snprintf(error, TEXT_MODEL_ERROR_MAX,
			"\"%.*s\": a label is 1 to 63 printable bytes, and there are at most 256",
			(int)(name.len < 80 ? name.len : 80), name.ptr);
		return false;
	}
	slice_to_cstr(name, c->labels[c->label_count++], TEXT_LABEL_MAX);
	return true;
}

/* ---- files ---- */

/* A whole file, owned by the caller; ptr is NULL with errno set. */
static struct slice
read_file(int folder, const char *path)
{
	struct slice bytes = {NULL, 0};
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *to = NULL;

	if (fd < 0)
		return bytes;
	if (fstat(fd, &st) < 0)
		goto out;
	if (!S_ISREG(st.st_mode) || st.st_size > TEXT_CORPUS_FILE_MAX) {
		errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
		goto out;
	}
	to = malloc((size_t)st.st_size + 1);
	while (to && bytes.len < (size_t)st.st_size) {
		ssize_t n = read(fd, to + bytes.len, (size_t)st.st_size - bytes.len);

		if (n <= 0)
			break;
		bytes.len += (size_t)n;
	}
	bytes.ptr = to;
out:
	close(fd);
	return bytes;
}

/* Names in a folder, sorted; each is owned by *names.  Hidden ones are left out. */
static int
list_folder(const char *path, struct dirent ***names)
{
	int count = scandir(path, names, NULL, alphasort);
	int kept = 0;

	for (int i = 0; i < count; i++) {
		if ((*names)[i]->d_name[0] == '.')
			free((*names)[i]);
		else
			(*names)[kept++] = (*names)[i];
	}
	return count < 0 ? count : kept;
}

static void
free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	if (count >= 0)
		free(names);
}

static bool
load_label(struct text_corpus *c, const char *path, const char *label, char error[TEXT_MODEL_ERROR_MAX])
{
	struct dirent **names = NULL;
	char folder[4096];
	int count = -1, fd = -1;
	bool is_loaded = false;

	snprintf(folder, sizeof folder, "%s/%s", path, label);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	count = fd < 0 ? -1 : list_folder(folder, &names);
	if (count < 0) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%.150s: %s", folder, strerror(errno));
		goto out;
	}
	for (int i = 0; i < count; i++) {
		struct slice bytes = read_file(fd, names[i]->d_name);
		bool is_added = bytes.ptr && add_document(c, bytes, (unsigned)find_label(c, slice_of(label)));

		free((void *)bytes.ptr);
		if (!is_added) {
			snprintf(error, TEXT_MODEL_ERROR_MAX, "%.100s/%.80s: %s", folder, names[i]->d_name,
				strerror(errno));
			goto out;
		}
	}
	is_loaded = true;
out:
	free_names(names, count);
	if (fd >= 0)
		close(fd);
	return is_loaded;
}

static bool
load_folder(struct text_corpus *c, const char *path, char error[TEXT_MODEL_ERROR_MAX])
{
	struct dirent **names = NULL;
	int count = list_folder(path, &names);
	bool is_loaded = false;

	if (count < 0) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%.150s: %s", path, strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++)
		if (!add_label(c, slice_of(names[i]->d_name), error))
			goto out;
	qsort(c->labels, c->label_count, sizeof *c->labels, by_name);
	for (unsigned i = 0; i < c->label_count; i++)
		if (!load_label(c, path, c->labels[i], error))
			goto out;
	is_loaded = true;
out:
	free_names(names, count);
	return is_loaded;
}

/* A line that has no TAB is no document; empty lines are skipped. */
static bool
load_lines(struct text_corpus *c, const char *path, struct slice bytes, char error[TEXT_MODEL_ERROR_MAX])
{
	char wrong[TEXT_MODEL_ERROR_MAX] = "a line has no TAB; write \"label TAB text\"";
	struct slice rest = bytes, line;

	for (unsigned number = 1; slice_split(&rest, '\n', &line); number++) {
		size_t tab = slice_find(line, '\t');

		if (line.len && (tab == line.len || !add_label(c, slice_sub(line, 0, tab), wrong))) {
			snprintf(error, TEXT_MODEL_ERROR_MAX, "%.100s:%u: %.130s", path, number, wrong);
			return false;
		}
	}
	qsort(c->labels, c->label_count, sizeof *c->labels, by_name);
	for (rest = bytes; slice_split(&rest, '\n', &line);) {
		size_t tab = slice_find(line, '\t');

		if (line.len && !add_document(c, slice_sub(line, tab + 1, line.len),
					(unsigned)find_label(c, slice_sub(line, 0, tab)))) {
			snprintf(error, TEXT_MODEL_ERROR_MAX, "memory is out");
			return false;
		}
	}
	return true;
}

bool
text_corpus_load(struct text_corpus *c, const char *path, const struct text_vocabulary *vocabulary,
	char error[TEXT_MODEL_ERROR_MAX])
{
	bool is_loaded = false;
	struct slice bytes;
	struct stat st;

	*c = (struct text_corpus){.vocabulary = *vocabulary};
	c->labels = calloc(TEXT_CLASSES_MAX, sizeof *c->labels);
	if (c->labels == NULL || stat(path, &st) < 0) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%.150s: %s", path, strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		is_loaded = load_folder(c, path, error);
	} else {
		bytes = read_file(AT_FDCWD, path);
		if (bytes.ptr == NULL)
			snprintf(error, TEXT_MODEL_ERROR_MAX, "%.150s: %s", path, strerror(errno));
		else
			is_loaded = load_lines(c, path, bytes, error);
		free((void *)bytes.ptr);
	}
	if (is_loaded && (c->count == 0 || c->label_count < 2)) {
		snprintf(error, TEXT_MODEL_ERROR_MAX, "%.150s: at least two labels with texts are needed", path);
		is_loaded = false;
	}
	return is_loaded;
}

void
text_corpus_release(struct text_corpus *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		free(c->documents[i].features);
	free(c->documents);
	free(c->labels);
	*c = (struct text_corpus){0};
}
