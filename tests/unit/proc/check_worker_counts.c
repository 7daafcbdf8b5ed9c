/* Counters over the lives of workers never fall. */
#include "suites.h"

#include "proc/worker_counts.h"

#include <stdio.h>

static json_t *
status(int connections, int written, int waiting, int fetched)
{
	return json_pack("{s:i,s:{s:i,s:i},s:{s:i,s:i,s:s},s:{s:i,s:i}}", "sessions", 7, "counters", "connections",
		connections, "flows_passed", 2 * connections, "records", "written", written, "waiting_bytes", waiting,
		"error", "", "crls", "fetched", fetched, "lists", 3);
}

static int
value(const json_t *status, const char *object, const char *name)
{
	return (int)json_integer_value(json_object_get(json_object_get(status, object), name));
}

START_TEST(sums_go_on_after_a_worker_has_ended)
{
	struct worker_counts counts = {0};
	json_t *s;

	ck_assert_uint_eq(worker_counts_value(&counts, "counters", "connections"), 0);
	s = status(5, 10, 100, 1);
	worker_counts_take(&counts, s);
	ck_assert_int_eq(value(s, "counters", "connections"), 5);
	json_decref(s);
	s = status(8, 20, 50, 2);
	worker_counts_take(&counts, s);
	ck_assert_int_eq(value(s, "counters", "connections"), 8);
	json_decref(s);
	ck_assert_uint_eq(worker_counts_value(&counts, "counters", "connections"), 8);

	worker_counts_end(&counts);
	worker_counts_end(&counts); /* one that died before it was looked at */
	ck_assert_uint_eq(worker_counts_value(&counts, "counters", "connections"), 8);
	ck_assert_uint_eq(worker_counts_value(&counts, "records", "written"), 20);

	s = status(1, 2, 30, 0);
	worker_counts_take(&counts, s);
	ck_assert_int_eq(value(s, "counters", "connections"), 9);
	ck_assert_int_eq(value(s, "counters", "flows_passed"), 18);
	ck_assert_int_eq(value(s, "records", "written"), 22);
	ck_assert_int_eq(value(s, "crls", "fetched"), 2);
	/* What is no counter is as it is. */
	ck_assert_int_eq(value(s, "records", "waiting_bytes"), 30);
	ck_assert_int_eq(value(s, "crls", "lists"), 3);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(s, "records"), "error")), "");
	json_decref(s);
	worker_counts_end(&counts);
	s = status(1, 1, 0, 1);
	worker_counts_take(&counts, s);
	ck_assert_int_eq(value(s, "counters", "connections"), 10);
	ck_assert_uint_eq(worker_counts_value(&counts, "crls", "fetched"), 3);
	ck_assert_uint_eq(worker_counts_value(&counts, "records", "waiting_bytes"), 0);
	json_decref(s);
	worker_counts_release(&counts);
}
END_TEST

START_TEST(what_only_one_worker_had_is_in_the_sum)
{
	struct worker_counts counts = {0};
	json_t *s = json_pack("{s:{s:i},s:{}}", "refusals", "expired", 2, "connect_failures");

	worker_counts_take(&counts, s);
	json_decref(s);
	worker_counts_end(&counts);
	s = json_pack("{s:{s:i},s:{s:i}}", "refusals", "self_signed", 1, "connect_failures", "timeout", 4);
	worker_counts_take(&counts, s);
	ck_assert_int_eq(value(s, "refusals", "expired"), 2);
	ck_assert_int_eq(value(s, "refusals", "self_signed"), 1);
	ck_assert_int_eq(value(s, "connect_failures", "timeout"), 4);
	worker_counts_end(&counts);
	ck_assert_uint_eq(worker_counts_value(&counts, "refusals", "expired"), 2);
	ck_assert_uint_eq(worker_counts_value(&counts, "refusals", "self_signed"), 1);
	json_decref(s);
	worker_counts_release(&counts);
}
END_TEST

START_TEST(workers_that_lie_fill_no_memory)
{
	struct worker_counts counts = {0};
	char name[200];

	for (unsigned worker = 0; worker < 20; worker++) {
		json_t *s = json_pack("{s:{s:I}}", "refusals", "expired", (json_int_t)INT64_MAX);

		for (unsigned i = 0; i < 100; i++) {
			snprintf(name, sizeof name, "%u-%u", worker, i);
			json_object_set_new(json_object_get(s, "refusals"), name, json_integer(1));
			memset(name, 'x', sizeof name - 1);
			name[sizeof name - 1] = '\0';
			json_object_set_new(json_object_get(s, "refusals"), name, json_integer(1));
		}
		worker_counts_take(&counts, s);
		json_decref(s);
		worker_counts_end(&counts);
	}
	ck_assert_uint_le(json_object_size(json_object_get(counts.past, "refusals")), 256);
	ck_assert_uint_eq(worker_counts_value(&counts, "refusals", "0-7"), 1);
	ck_assert_uint_eq(worker_counts_value(&counts, "refusals", name), 0);
	worker_counts_release(&counts);
}
END_TEST

START_TEST(answers_of_other_shapes_do_no_harm)
{
	struct worker_counts counts = {0};
	json_t *s = json_pack("{s:s,s:[i],s:{s:s,s:f}}", "error", "out of memory", "records", 1, "counters",
		"connections", "many", "flows_passed", 1.5);

	worker_counts_take(&counts, s);
	ck_assert_uint_eq(worker_counts_value(&counts, "counters", "connections"), 0);
	worker_counts_end(&counts);
	ck_assert_uint_eq(worker_counts_value(&counts, "counters", "flows_passed"), 0);
	json_decref(s);
	worker_counts_release(&counts);
}
END_TEST

UNIT_SUITE(worker_counts, "worker counts", sums_go_on_after_a_worker_has_ended, what_only_one_worker_had_is_in_the_sum,
	workers_that_lie_fill_no_memory, answers_of_other_shapes_do_no_harm)
