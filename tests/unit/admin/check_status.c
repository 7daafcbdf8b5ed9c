/* Status and flows as JSON. */
#include "suites.h"

#include "admin/status.h"

#include <unistd.h>

START_TEST(status_holds_processes_and_counters)
{
	struct status_process processes[] = {
		{"supervisor", "running", 10, 0, 1000, 4096}, {"worker", "restarting", 0, 3, 0, 0}};
	struct status_counter counters[] = {{"sessions_total", 7}, {"huge", UINT64_MAX}};
	struct status s = {
		.version = "1.0",
		.uptime_ns = 5,
		.generation = 2,
		.conf_path = "/etc/sluice/sluice.conf",
		.steer = "redirect",
		.on_failure = "open",
		.rules_installed = true,
		.processes = processes,
		.process_count = 2,
		.counters = counters,
		.counter_count = 2,
	};
	json_t *j = status_to_json(&s);
	json_t *worker = json_array_get(json_object_get(j, "processes"), 1);

	ck_assert_ptr_nonnull(j);
	ck_assert(json_is_null(json_object_get(j, "ca_fingerprint")));
	ck_assert(json_is_true(json_object_get(j, "rules_installed")));
	ck_assert_str_eq(json_string_value(json_object_get(worker, "state")), "restarting");
	ck_assert_int_eq(json_integer_value(json_object_get(worker, "restarts")), 3);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(j, "counters"), "sessions_total")), 7);
	ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(j, "counters"), "huge")), INT64_MAX);
	json_decref(j);
}
END_TEST

START_TEST(flow_with_a_hostile_name_is_still_json)
{
	struct status_flow f = {.session = 1, .site = SLICE("\xff\x00\"\x1b[2J"), .protocol = SLICE("tls")};
	json_t *j = status_flow_to_json(&f);
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);

	ck_assert_ptr_nonnull(strstr(text, "\"site\":\"\\uFFFD\\u0000\\\"\\u001B[2J\""));
	free(text);
	json_decref(j);
}
END_TEST

START_TEST(own_process_is_read_and_a_missing_one_is_not)
{
	struct status_process p = {0};

	ck_assert(status_read_process(getpid(), &p));
	ck_assert_uint_gt(p.rss_bytes, 100000);
	ck_assert(!status_read_process(0x7ffffffe, &p));
}
END_TEST

UNIT_SUITE(status, "status", status_holds_processes_and_counters, flow_with_a_hostile_name_is_still_json,
	own_process_is_read_and_a_missing_one_is_not)
