/* How often the sniffer and libmagic agree: mime_agreement [-v] FOLDER [FILES]
 * Takes up to FILES (4,000) files below FOLDER, in the order of a hash of their paths, at most a twentieth of them with
 * one extension, shows both the same first 64 KiB, without label or name, and compares types and classes.  A program
 * to measure with, not a test: the answer depends on the machine's files.  Needs libmagic. */
#include "base/clock.h"
#include "base/siphash.h"
#include "classify/mime.h"

#include <ftw.h>
#include <magic.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD 65536
#define KINDS 4096

struct sample {
	uint64_t hash;
	char *path;
};

static struct sample *samples;
static size_t count, capacity;

static int
visit(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	static const struct siphash_key key = {1, 2};

	if (kind != FTW_F || !S_ISREG(st->st_mode) || st->st_size == 0)
		return 0;
	if (count == capacity) {
		capacity = capacity ? 2 * capacity : 65536;
		samples = realloc(samples, capacity * sizeof *samples);
		if (samples == NULL)
			return -1;
	}
	samples[count++] = (struct sample){siphash13(&key, path, strlen(path)), strdup(path)};
	return 0;
}

static int
by_hash(const void *a, const void *b)
{
	uint64_t x = ((const struct sample *)a)->hash, y = ((const struct sample *)b)->hash;

	return (x > y) - (x < y);
}

/* libmagic's names of what has another name here, and of the many kinds of source code, which are text here. */
static enum mime_class
class_of_magic(struct slice name)
{
	static const struct {
		const char *name;
		enum mime_class class;
	} rows[] = {
		{"application/x-pie-executable", MIME_CLASS_EXECUTABLE},
		{"application/x-setupscript", MIME_CLASS_TEXT},
		{"application/x-wine-extension-ini", MIME_CLASS_TEXT},
		{"application/x-subrip", MIME_CLASS_TEXT},
		{"application/x-mswinurl", MIME_CLASS_TEXT},
	};
	enum mime_type type = mime_type_of_label(name);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (slice_eq(name, slice_of(rows[i].name)))
			return rows[i].class;
	if (type != MIME_EMPTY)
		return mime_type_class(type);
	if (slice_starts_with(name, SLICE("text/")) || slice_starts_with(name, SLICE("message/")))
		return MIME_CLASS_TEXT;
	if (slice_starts_with(name, SLICE("image/")))
		return MIME_CLASS_IMAGE;
	if (slice_starts_with(name, SLICE("audio/")))
		return MIME_CLASS_AUDIO;
	if (slice_starts_with(name, SLICE("font/")) || slice_starts_with(name, SLICE("application/x-font")))
		return MIME_CLASS_FONT;
	return MIME_CLASS_BINARY;
}

/* Counts lines "libmagic -> ours". */
static struct kind {
	char text[160];
	unsigned count;
} kinds[KINDS];

/* The tally of a text, which is set up when it is first seen; NULL where the table is full. */
static struct kind *
find_kind(struct kind *table, const char *text)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (table[i].count == 0)
			snprintf(table[i].text, sizeof table[i].text, "%s", text);
		if (strcmp(table[i].text, text) == 0)
			return &table[i];
	}
	return NULL;
}

static int
by_count(const void *a, const void *b)
{
	return (int)((const struct kind *)b)->count - (int)((const struct kind *)a)->count;
}

/* True while fewer than limit files with this extension were taken. */
static bool
take_extension(const char *path, unsigned limit)
{
	static struct kind seen[KINDS];
	const char *dot = strrchr(path, '.');
	struct kind *kind = find_kind(seen, dot && strchr(dot, '/') == NULL ? dot : "(none)");

	return kind && kind->count++ < limit;
}

struct tally {
	size_t files, same_type, same_class;
	uint64_t own_ns, magic_ns;
};

static void
compare_file(magic_t magic, const char *path, bool is_verbose, struct tally *t)
{
	static const struct mime_hints no_hints;
	static char head[HEAD];
	FILE *f = fopen(path, "rb");
	uint64_t start, middle;
	enum mime_type ours, theirs_type;
	struct slice theirs;
	char line[160];
	size_t n;

	if (f == NULL)
		return;
	n = fread(head, 1, sizeof head, f);
	fclose(f);
	start = clock_monotonic_ns();
	ours = mime_sniff(slice_make(head, n), &no_hints).type;
	middle = clock_monotonic_ns();
	theirs = slice_of(magic_buffer(magic, head, n));
	t->magic_ns += clock_monotonic_ns() - middle;
	t->own_ns += middle - start;
	t->files++;
	theirs_type = mime_type_of_label(theirs);
	t->same_type += theirs_type == ours;
	if (class_of_magic(theirs) == mime_type_class(ours)) {
		t->same_class++;
		return;
	}
	snprintf(line, sizeof line, "%.*s -> %s (%s)", SLICE_ARG(theirs), mime_type_name(ours),
		mime_class_name(mime_type_class(ours)));
	find_kind(kinds, line)->count++;
	if (is_verbose)
		printf("%s: %s\n", path, line);
}

int
main(int argc, char **argv)
{
	bool is_verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	magic_t magic = magic_open(MAGIC_MIME_TYPE);
	struct tally t = {0};
	size_t limit;

	argc -= is_verbose;
	argv += is_verbose;
	if (argc < 2 || magic == NULL || magic_load(magic, NULL) != 0) {
		fprintf(stderr, "usage: mime_agreement [-v] FOLDER [FILES]\n");
		return EXIT_FAILURE;
	}
	limit = argc > 2 ? strtoul(argv[2], NULL, 10) : 4000;
	if (nftw(argv[1], visit, 32, FTW_PHYS) != 0)
		return EXIT_FAILURE;
	qsort(samples, count, sizeof *samples, by_hash);
	for (size_t i = 0; i < count && t.files < limit; i++)
		if (take_extension(samples[i].path, (unsigned)limit / 20))
			compare_file(magic, samples[i].path, is_verbose, &t);
	if (t.files == 0)
		return EXIT_FAILURE;
	printf("%zu of %zu files: class agrees in %.2f %%, type in %.2f %%; ours %.0f ns, libmagic %.0f ns a file\n",
		t.files, count, 100.0 * (double)t.same_class / (double)t.files,
		100.0 * (double)t.same_type / (double)t.files, (double)t.own_ns / (double)t.files,
		(double)t.magic_ns / (double)t.files);
	qsort(kinds, KINDS, sizeof kinds[0], by_count);
	for (size_t i = 0; i < 40 && kinds[i].count; i++)
		printf("%6u  %s\n", kinds[i].count, kinds[i].text);
	magic_close(magic);
	return EXIT_SUCCESS;
}
