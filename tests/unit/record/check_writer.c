/* The writer thread: nothing lost by rotation, every line whole after a full disk, losses counted. */
#include "suites.h"

#include "base/clock.h"
#include "base/diag.h"
#include "record/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int
open_log(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
make_folder(void)
{
	snprintf(folder, sizeof folder, "/tmp/sluice-record-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	diag_set_level(DIAG_ERROR + 1);
}

static void
remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct writer *
start(int fd, size_t producers, size_t capacity)
{
	struct writer_output output = {"test.log", fd, record_format_find(SLICE("ecs"))};
	struct writer_options options = {.queue_capacity = capacity, .linger_ms = 5, .retry_ms = 20};
	struct writer *w = writer_create(&output, 1, producers, &options);

	ck_assert_ptr_nonnull(w);
	ck_assert(writer_start(w));
	return w;
}

/* Waits for a condition on the statistics, at most ten seconds. */
#define wait_for(w, condition)                                                                          \
	do {                                                                                            \
		uint64_t until_ = clock_monotonic_ns() + 10000000000u;                                  \
		struct writer_stats stats = writer_stats(w, 0);                                         \
		while (!(condition)) {                                                                  \
			ck_assert_msg(clock_monotonic_ns() < until_, "waited in vain for " #condition); \
			usleep(1000);                                                                   \
			stats = writer_stats(w, 0);                                                     \
		}                                                                                       \
	} while (0)

/* Pushes the line "producer number padding"; waits where the queue is full. */
static void
push_number(struct writer *w, size_t producer, unsigned number, bool wait)
{
	char line[256];
	int n = snprintf(line, sizeof line, "%zu %u %0*d\n", producer, number, (int)(number % 100) + 1, 0);

	while (!writer_push(w, 0, producer, slice_make(line, (size_t)n)) && wait)
		sched_yield();
}

/* Reads a file of such lines; every line must be whole.  Without `gaps`, numbers follow each other from next[] on. */
static unsigned
check_lines(const char *name, unsigned *next, bool gaps)
{
	char path[128], line[512], want[256];
	unsigned count = 0, wrong = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof line, file)) {
		unsigned long producer;
		unsigned number;

		if (sscanf(line, "%lu %u ", &producer, &number) != 2 || producer > 1)
			ck_abort_msg("%s: %s", name, line);
		snprintf(want, sizeof want, "%lu %u %0*d\n", producer, number, (int)(number % 100) + 1, 0);
		wrong += strcmp(line, want) != 0 || (gaps ? number < next[producer] : number != next[producer]);
		next[producer] = number + 1;
		count++;
	}
	fclose(file);
	ck_assert_uint_eq(wrong, 0);
	return count;
}

struct producer {
	struct writer *writer;
	size_t number;
	unsigned count;
};

static void *
produce(void *arg)
{
	const struct producer *p = arg;

	for (unsigned i = 0; i < p->count; i++)
		push_number(p->writer, p->number, i, true);
	return NULL;
}

START_TEST(two_producers_lose_nothing_and_keep_their_order)
{
	struct writer *w;
	struct producer p[2];
	pthread_t threads[2];
	unsigned next[2] = {0};

	make_folder();
	w = start(open_log("log"), 2, QUEUE_CAPACITY_MIN);
	for (size_t i = 0; i < 2; i++) {
		p[i] = (struct producer){w, i, 50000};
		pthread_create(&threads[i], NULL, produce, &p[i]);
	}
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	writer_stop(w);
	ck_assert_uint_eq(check_lines("log", next, false), 100000);
	remove_folder();
}
END_TEST

START_TEST(rotation_under_load_loses_and_splits_no_line)
{
	enum { ROTATIONS = 30, LINES = 60000 };
	struct producer p = {.count = LINES};
	unsigned next[1] = {0}, total = 0;
	char name[32];
	pthread_t thread;

	make_folder();
	p.writer = start(open_log("log.0"), 1, QUEUE_CAPACITY_MIN);
	pthread_create(&thread, NULL, produce, &p);
	for (int i = 1; i <= ROTATIONS; i++) {
		usleep(1000);
		snprintf(name, sizeof name, "log.%d", i);
		writer_replace_fd(p.writer, 0, open_log(name));
	}
	pthread_join(thread, NULL);
	writer_stop(p.writer);
	for (int i = 0; i <= ROTATIONS; i++) {
		snprintf(name, sizeof name, "log.%d", i);
		total += check_lines(name, next, false);
	}
	ck_assert_uint_eq(total, LINES);
	remove_folder();
}
END_TEST

START_TEST(lines_wait_while_a_device_is_full_and_losses_are_counted)
{
	struct writer *w;
	unsigned next[1] = {0}, pushed = 0;

	make_folder();
	w = start(open("/dev/full", O_WRONLY), 1, QUEUE_CAPACITY_MIN);
	push_number(w, 0, pushed++, false);
	wait_for(w, stats.error == ENOSPC && stats.failures >= 2);
	while (writer_stats(w, 0).refused < 10)
		push_number(w, 0, pushed++, false);
	/* A place that works gets all that the queue still holds. */
	writer_replace_fd(w, 0, open_log("log"));
	wait_for(w, stats.lines == pushed - 10);
	ck_assert_int_eq(writer_stats(w, 0).error, 0);
	writer_stop(w);
	ck_assert_uint_eq(check_lines("log", next, true), pushed - 10);
	remove_folder();
}
END_TEST

/* Fills the disk in the middle of lines again and again, by `set_room`; each time room is made, all goes on. */
static void
fill_and_free(void (*set_room)(size_t bytes), size_t first, size_t step)
{
	struct writer *w = start(open_log("log"), 1, 0);
	unsigned next[1] = {0}, number = 0;

	for (size_t room = first; room < first + 8 * step; room += step) {
		set_room(room);
		while (writer_stats(w, 0).error == 0) {
			push_number(w, 0, number++, true);
			usleep(50);
		}
	}
	set_room(1 << 30);
	wait_for(w, stats.lines == number);
	writer_stop(w);
	ck_assert_uint_eq(check_lines("log", next, false), number);
}

/* Of this whole process: the test framework's own file is held to it, too, so few assertions while it is low. */
static void
limit_file_size(size_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(line_cut_by_a_file_size_limit_is_finished_when_there_is_room)
{
	make_folder();
	signal(SIGXFSZ, SIG_IGN);
	fill_and_free(limit_file_size, 4097, 1013);
	remove_folder();
}
END_TEST

static void
resize_tmpfs(size_t bytes)
{
	char options[64];

	snprintf(options, sizeof options, "size=%zu", bytes);
	ck_assert_int_eq(mount("none", folder, "tmpfs", MS_REMOUNT, options), 0);
}

START_TEST(line_cut_by_a_full_disk_is_finished_when_there_is_room)
{
	make_folder();
	if (unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
		mount("none", folder, "tmpfs", 0, "size=4096") == 0) {
		fill_and_free(resize_tmpfs, 8192, 4096);
		ck_assert_int_eq(umount(folder), 0);
	}
	remove_folder();
}
END_TEST

START_TEST(line_cut_at_the_end_of_a_full_file_moves_whole_to_the_next_file)
{
	struct writer *w;
	unsigned next[1] = {0}, number = 0, total;

	make_folder();
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(5000);
	w = start(open_log("old"), 1, 0);
	while (writer_stats(w, 0).error == 0) {
		push_number(w, 0, number++, true);
		usleep(50);
	}
	writer_replace_fd(w, 0, open_log("new"));
	push_number(w, 0, number++, true);
	wait_for(w, stats.lines == number);
	writer_stop(w);
	limit_file_size(1 << 30);
	total = check_lines("old", next, false);
	ck_assert_uint_gt(total, 0);
	ck_assert_uint_eq(total + check_lines("new", next, false), number);
	remove_folder();
}
END_TEST

START_TEST(stopping_on_a_full_disk_ends_and_leaves_whole_lines)
{
	struct writer *w;
	unsigned next[1] = {0}, number = 0;

	make_folder();
	signal(SIGXFSZ, SIG_IGN);
	limit_file_size(5000);
	w = start(open_log("log"), 1, 0);
	while (writer_stats(w, 0).error == 0) {
		push_number(w, 0, number++, true);
		usleep(50);
	}
	writer_stop(w);
	limit_file_size(1 << 30);
	ck_assert_uint_gt(check_lines("log", next, false), 0);
	remove_folder();
}
END_TEST

START_TEST(file_whose_last_line_a_crash_cut_gets_its_line_feed_first)
{
	struct writer *w;
	char text[64] = "";
	int fd;

	make_folder();
	fd = open_log("log");
	ck_assert_int_eq(write(fd, "whole\ncut", 9), 9);
	w = start(fd, 1, 0);
	writer_push(w, 0, 0, SLICE("next\n"));
	writer_stop(w);
	fd = open_log("log");
	ck_assert_int_eq(pread(fd, text, sizeof text - 1, 0), 15);
	ck_assert_str_eq(text, "whole\ncut\nnext\n");
	close(fd);
	remove_folder();
}
END_TEST

START_TEST(failing_output_does_not_hold_up_the_other)
{
	struct writer_output outputs[2] = {
		{"full", open("/dev/full", O_WRONLY), record_format_find(SLICE("ecs"))},
		{"log", -1, record_format_find(SLICE("squid"))},
	};
	struct writer_options options = {.linger_ms = 5, .retry_ms = 20};
	struct record record = {.url = SLICE("http://h/")};
	struct recorder recorder;
	struct writer *w;

	make_folder();
	outputs[1].fd = open_log("log");
	w = writer_create(outputs, 2, 1, &options);
	ck_assert_ptr_nonnull(w);
	ck_assert(writer_start(w));
	recorder_init(&recorder, w, 0, RECORD_URLS_FULL);
	for (int i = 0; i < 1000; i++)
		recorder_write(&recorder, &record);
	wait_for(w, writer_stats(w, 1).lines == 1000 && stats.error == ENOSPC);
	ck_assert_uint_eq(recorder.written, 2000);
	ck_assert_uint_eq(recorder.lost, 0);
	recorder_release(&recorder);
	writer_stop(w);
	remove_folder();
}
END_TEST

START_TEST(writer_asked_for_nonsense_is_not_made)
{
	struct writer_output output = {"log", -1, NULL};
	struct writer_options options = {0};

	ck_assert_ptr_null(writer_create(&output, 0, 1, &options));
	ck_assert_ptr_null(writer_create(&output, WRITER_OUTPUTS_MAX + 1, 1, &options));
	ck_assert_ptr_null(writer_create(&output, 1, 0, &options));
	writer_stop(NULL);
}
END_TEST

UNIT_SUITE(writer, "writer", two_producers_lose_nothing_and_keep_their_order,
	rotation_under_load_loses_and_splits_no_line, lines_wait_while_a_device_is_full_and_losses_are_counted,
	line_cut_by_a_file_size_limit_is_finished_when_there_is_room,
	line_cut_by_a_full_disk_is_finished_when_there_is_room,
	line_cut_at_the_end_of_a_full_file_moves_whole_to_the_next_file,
	stopping_on_a_full_disk_ends_and_leaves_whole_lines, file_whose_last_line_a_crash_cut_gets_its_line_feed_first,
	failing_output_does_not_hold_up_the_other, writer_asked_for_nonsense_is_not_made)
