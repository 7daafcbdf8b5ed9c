/* What category tables cost: bench_categories FOLDER|TAR.GZ [NAMES].
 *
 * Compiles the lists in the folder (squidGuard's format), then builds a table of NAMES names (7,000,000 without), the
 * folder's own and synthetic ones beyond, and asks it for hosts of four labels, of which two are listed, and none.
 * category_peers runs it beside other programs, with --names NAMES-FILE HOSTS-FILE... */
#include "bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "classify/category_file.h"
#include "classify/list_compile.h"

#define NAMES 7000000u
#define QUERIES 1000000u
#define NAME_ROOM 64
#define FEW 200u /* hosts whose buckets stay in a cache */
#define PASSES 9

static void
die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* Runs a program to its end, with its output thrown away; the CPU it took, in seconds; below 0 where it failed. */
static double
run(const char *const argv[])
{
	struct rusage usage;
	int status;
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6 + (double)usage.ru_stime.tv_sec +
	       (double)usage.ru_stime.tv_usec / 1e6;
}

static void
compile_folder(const char *path)
{
	const struct conf_list list = {.name = "bench", .file = "-", .path = path};
	const struct list_job job = {.lists = &list, .count = 1, .folder = "/nonexistent"};
	struct list_report reports[3];
	struct problems problems = {0};
	struct category_table table;
	struct slice bytes;
	uint64_t began = bench_cpu_ns(), took;

	if (!list_compile(&job, 0, reports, &problems, &bytes) || category_table_open(&table, bytes)) {
		char line[512];

		problem_format(&problems.items[problems.count - 1], line, sizeof line);
		fprintf(stderr, "%s\n", line);
		exit(EXIT_FAILURE);
	}
	took = bench_cpu_ns() - began;
	printf("folder: %llu names, %llu URLs, %llu addresses, %u categories, %u sets, from %u files in %.2f s; "
	       "%zu bytes, %.2f an entry; %llu lines skipped\n",
		(unsigned long long)table.names, (unsigned long long)table.urls, (unsigned long long)table.addresses,
		table.category_count, table.set_count, reports[0].files, (double)took / 1e9, table.size,
		(double)table.size / (double)(table.names + table.urls + table.addresses),
		(unsigned long long)list_report_skipped(&reports[0]));
	free((char *)(uintptr_t)bytes.ptr);
	problems_release(&problems);
}

/* ---- many names ---- */

struct names {
	char (*items)[NAME_ROOM];
	size_t count;
};

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
add_file(struct names *names, size_t max, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[NAME_ROOM];

	if (file == NULL)
		return;
	while (names->count < max && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strlen(line) < NAME_ROOM - 12 && strchr(line, '.') && line[0] > '9')
			strcpy(names->items[names->count++], line);
	}
	fclose(file);
}

static void
add_folder(struct names *names, size_t max, const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	char file[4096];

	if (folder == NULL)
		die(path);
	while ((entry = readdir(folder)) != NULL)
		if (snprintf(file, sizeof file, "%s/%s/domains", path, entry->d_name) < (int)sizeof file)
			add_file(names, max, file);
	closedir(folder);
}

static char *
add_letters(char *at, uint64_t *state, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		*at++ = (char)('a' + next_random(state) % 26);
	return at;
}

/* Of lengths that lists have: nine in sixteen are of two labels; four are of three below a few parents that many share;
 * three are of three below a parent of their own. */
static void
add_synthetic(struct names *names, size_t max)
{
	static const char *const ends[] = {"com", "net", "org", "de", "info", "ru", "fr", "example"};
	static const char *const shared[] = {
		"co.uk", "com.au", "com.br", "co.jp", "example.com", "example.org", "example.net", "example.de"};
	uint64_t state = 88172645463325252u;

	while (names->count < max) {
		uint64_t r = next_random(&state);
		char *at = add_letters(names->items[names->count++], &state, 5 + r % 12);

		if (r >> 32 & 1 || (r >> 33) % 8 == 0) {
			sprintf(at, ".%s", ends[(r >> 40) % 8]);
		} else if ((r >> 33) % 8 < 5) {
			sprintf(at, ".%s", shared[(r >> 40) % 8]);
		} else {
			*at++ = '.';
			at = add_letters(at, &state, 5 + (r >> 48) % 12);
			sprintf(at, ".%s", ends[(r >> 40) % 8]);
		}
	}
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Sorted, without repetitions. */
static void
distinct(struct names *names)
{
	size_t kept = 0;

	qsort(names->items, names->count, NAME_ROOM, compare_names);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || strcmp(names->items[kept - 1], names->items[i]) != 0)
			memmove(names->items[kept++], names->items[i], NAME_ROOM);
	names->count = kept;
}

static struct slice
build(const struct names *names)
{
	struct category_builder *b = category_builder_new(NULL);
	uint64_t began = bench_cpu_ns(), added, done;
	struct slice bytes;
	const char *wrong;

	for (unsigned i = 0; i < 64; i++) {
		char name[8];

		snprintf(name, sizeof name, "c%u", i);
		category_builder_category(b, slice_of(name));
	}
	for (size_t i = 0; i < names->count; i++)
		category_builder_add_host(b, slice_of(names->items[i]), (unsigned)(i % 64));
	added = bench_cpu_ns();
	wrong = category_builder_finish(b, 0, 0, &bytes);
	done = bench_cpu_ns();
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		exit(EXIT_FAILURE);
	}
	category_builder_free(b);
	printf("build: %zu names in %.2f s (hashed in %.2f, packed in %.2f)\n", names->count,
		(double)(done - began) / 1e9, (double)(added - began) / 1e9, (double)(done - added) / 1e9);
	return bytes;
}

static int
compare_times(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Nanoseconds for each lookup, of some passes. */
struct asked {
	double best;
	double median;
	size_t hits; /* in a pass */
};

/* Asks for the first `count` hosts, again and again until QUERIES were asked for. */
static struct asked
ask(const struct category_table *t, const struct names *queries, size_t count)
{
	size_t rounds = count < QUERIES ? QUERIES / count : 1;
	struct category_answer answer;
	struct asked asked = {0};
	double took[PASSES];

	for (unsigned pass = 0; pass < PASSES; pass++) {
		uint64_t began = bench_cpu_ns();

		asked.hits = 0;
		for (size_t r = 0; r < rounds; r++)
			for (size_t i = 0; i < count; i++)
				asked.hits += category_lookup_host(t, slice_of(queries->items[i]), &answer);
		took[pass] = (double)(bench_cpu_ns() - began) / (double)(rounds * count);
	}
	qsort(took, PASSES, sizeof took[0], compare_times);
	asked.best = took[0];
	asked.median = took[PASSES / 2];
	return asked;
}

static void
ask_and_tell(const struct category_table *t, const char *what, const struct names *queries)
{
	struct asked few = ask(t, queries, FEW), all = ask(t, queries, queries->count);

	printf("%s: %.0f ns each (median %.0f), %zu of %zu found; a few again and again, from the cache: %.0f ns\n",
		what, all.best, all.median, all.hits, queries->count, few.best);
}

/* What a lookup cannot go below: a read anywhere in the table whose place the one before it tells. */
static double
memory_latency(struct slice bytes)
{
	double took[PASSES];

	for (unsigned pass = 0; pass < PASSES; pass++) {
		uint64_t began = bench_cpu_ns(), at = pass;

		for (unsigned i = 0; i < QUERIES; i++) {
			uint64_t word;

			memcpy(&word, bytes.ptr + at % (bytes.len / 8) * 8, sizeof word);
			at = (at + word + i) * UINT64_C(0x9e3779b97f4a7c15) >> 20;
		}
		took[pass] = (double)(bench_cpu_ns() - began) / QUERIES + (at == 0);
	}
	qsort(took, PASSES, sizeof took[0], compare_times);
	return took[0];
}

/* Four labels: a listed name with as many in front as it lacks, or none that is listed. */
static void
make_queries(struct names *queries, const struct names *names, bool listed)
{
	uint64_t state = 1234567891234567u;

	queries->count = 0;
	while (queries->count < QUERIES) {
		const char *name = names->items[next_random(&state) % names->count];
		char *at = queries->items[queries->count++];
		unsigned labels = 1;

		for (const char *c = name; *c; c++)
			labels += *c == '.';
		for (; labels < 4; labels++)
			at += sprintf(at, labels == 3 ? "www." : "x%u.", labels);
		if (listed)
			strcpy(at, name);
		else
			sprintf(at, "%.*sq%s", 1, name, name + 1);
	}
}

/* The table as processes share it: from a file. */
static struct category_file
map_table(struct slice bytes)
{
	char path[] = "/tmp/bench-table-XXXXXX";
	struct category_file file;
	const char *wrong;
	int fd = mkstemp(path);

	if (fd < 0 || category_table_save(bytes, path) < 0)
		die(path);
	close(fd);
	wrong = category_file_open(&file, path);
	unlink(path);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		exit(EXIT_FAILURE);
	}
	return file;
}

static void
look_up(const struct names *names, struct slice bytes)
{
	struct names queries = {calloc(QUERIES, NAME_ROOM + 16), 0};
	struct category_file file = map_table(bytes);
	struct category_table table = file.table;

	if (queries.items == NULL)
		die("queries");
	printf("table: %zu bytes, %.2f a name (%llu distinct)\n", bytes.len, (double)bytes.len / (double)table.names,
		(unsigned long long)table.names);
	make_queries(&queries, names, true);
	ask_and_tell(&table, "listed hosts", &queries);
	make_queries(&queries, names, false);
	ask_and_tell(&table, "other hosts", &queries);
	printf("a read of the table that waits for the one before it: %.0f ns\n", memory_latency(bytes));
	category_file_close(&file);
	free(queries.items);
}

/* ---- names from a file, for category_peers ---- */

/* All lines; they are shorter than NAME_ROOM. */
static struct names
read_names(const char *path)
{
	struct names names = {calloc(NAMES, NAME_ROOM), 0};
	FILE *file = fopen(path, "r");

	if (file == NULL || names.items == NULL)
		die(path);
	while (names.count < NAMES && fgets(names.items[names.count], NAME_ROOM, file)) {
		char *name = names.items[names.count++];

		name[strcspn(name, "\n")] = '\0';
	}
	fclose(file);
	return names;
}

/* Names, and hosts that are asked for: the same that other programs are asked. */
static int
compare_with_peers(char **paths, int count)
{
	struct names names = read_names(paths[0]);
	struct slice bytes = build(&names);
	struct category_file file = map_table(bytes);

	printf("sluice: %.1f bytes a name\n", (double)bytes.len / (double)file.table.names);
	for (int i = 1; i < count; i++) {
		struct names asked = read_names(paths[i]);
		struct asked all = ask(&file.table, &asked, asked.count);

		printf("sluice: %zu of %zu said to be listed, %.0f ns each\n", all.hits, asked.count, all.best);
		free(asked.items);
	}
	printf("sluice: the table takes %.1f MiB\n", (double)file.size / 1048576);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	size_t max = argc > 2 ? strtoul(argv[2], NULL, 10) : NAMES;
	struct names names = {NULL, 0};
	char scratch[] = "/tmp/bench-categories-XXXXXX", folder[300];
	size_t real;

	if (argc > 2 && strcmp(argv[1], "--names") == 0)
		return compare_with_peers(argv + 2, argc - 2);
	if (argc < 2 || max == 0) {
		fprintf(stderr, "use: bench_categories FOLDER|TAR.GZ [NAMES]\n");
		return EXIT_FAILURE;
	}
	if (mkdtemp(scratch) == NULL || (names.items = calloc(max, NAME_ROOM)) == NULL)
		die("scratch");
	snprintf(folder, sizeof folder, "%s", argv[1]);
	if (slice_ends_with(slice_of(argv[1]), SLICE(".tar.gz"))) {
		const char *const untar[] = {"tar", "-xzf", argv[1], "-C", scratch, "--strip-components=1", NULL};

		if (run(untar) < 0)
			die(argv[1]);
		snprintf(folder, sizeof folder, "%s", scratch);
	}
	compile_folder(folder);
	add_folder(&names, max, folder);
	distinct(&names);
	real = names.count;
	add_synthetic(&names, max);
	printf("%zu names of the folder and %zu synthetic ones:\n", real, names.count - real);
	look_up(&names, build(&names));
	{
		const char *const clean[] = {"rm", "-rf", scratch, NULL};

		run(clean);
	}
	free(names.items);
	return EXIT_SUCCESS;
}
