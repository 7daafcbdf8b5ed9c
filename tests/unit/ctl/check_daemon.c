/* Commands that ask the daemon: a real control server answers them. */
#include "suites.h"

#include "admin/control_server.h"
#include "admin/status.h"
#include "base/diag.h"
#include "fixture.h"

#include <pthread.h>
#include <sysexits.h>
#include <unistd.h>

static void
handle_status(void *context, struct control_request *r, const json_t *arguments)
{
	static const struct status_process processes[] = {{"supervisor", "running", 10, 0, 12000000, 5 << 20},
		{"worker", "restarting", 12, 3, 1500000000, 20 << 20}};
	static const struct status_counter counters[] = {{"sessions_total", 7}, {"records_dropped_total", 2}};
	struct status s = {
		.version = "9.9",
		.uptime_ns = 90000000000000,
		.generation = 2,
		.conf_path = "/etc/sluice/sluice.conf",
		.steer = "redirect",
		.on_failure = "open",
		.rules_installed = true,
		.ca_fingerprint = "00ff",
		.ca_expires_ns = 1000000000,
		.processes = processes,
		.process_count = 2,
		.counters = counters,
		.counter_count = 2,
	};

	control_answer_with(r, status_to_json(&s));
}

static void
handle_flows(void *context, struct control_request *r, const json_t *arguments)
{
	struct status_flow f = {.session = 5,
		.site = SLICE("www.example\x1b"),
		.protocol = SLICE("h2"),
		.action = SLICE("inspect"),
		.step = SLICE("SERVE")};

	ck_assert(endpoint_parse(SLICE("10.1.2.3:4000"), &f.client));
	ck_assert(endpoint_parse(SLICE("[2001:db8::1]:443"), &f.origin));
	if (!control_send_item(r, status_flow_to_json(&f)))
		return;
	ck_assert(endpoint_parse(SLICE("10.9.9.9:4000"), &f.client));
	f.site = SLICE("other.example");
	f.action = SLICE("pass");
	if (control_send_item(r, status_flow_to_json(&f)))
		control_answer_with(r, json_object());
}

static unsigned reloads;

static void
handle_reload(void *context, struct control_request *r, const json_t *arguments)
{
	if (reloads++ == 0)
		control_answer_with(
			r, json_pack("{s:i, s:[s]}", "generation", 3, "warnings", "sluice.conf:1:1: warning: x"));
	else
		control_refuse(r, "the old one stays in force", "sluice.conf:7:2: error: unknown verb \"blokc\"");
}

static void
handle_rules(void *context, struct control_request *r, const json_t *arguments)
{
	const char *action = json_string_value(json_object_get(arguments, "action"));

	if (strcmp(action, "show") == 0)
		control_answer_with(r, json_pack("{s:b, s:s}", "installed", true, "text", "table inet sluice { }\n"));
	else
		control_answer_with(r, json_pack("{s:b}", "installed", strcmp(action, "install") == 0));
}

static const struct control_command commands[] = {
	{"status", handle_status},
	{"flows", handle_flows},
	{"reload", handle_reload, true},
	{"rules", handle_rules, true},
};

static struct loop *loop;
static struct control_server *server;
static pthread_t thread;

static void *
serve(void *arg)
{
	loop_run(loop);
	return NULL;
}

static void
start(void)
{
	struct control_options options = {commands, sizeof commands / sizeof commands[0], NULL, geteuid(), (gid_t)-1};

	fixture_make();
	diag_set_level(DIAG_ERROR + 1);
	loop = loop_new();
	server = control_server_new(loop, control_listen(fixture_path(CONTROL_SOCKET_NAME), (gid_t)-1), &options);
	ck_assert_ptr_nonnull(server);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

static void
stop(void)
{
	loop_stop(loop);
	pthread_join(thread, NULL);
	control_server_free(server);
	loop_free(loop);
	fixture_remove();
}

START_TEST(status_is_shown_as_text_and_json)
{
	struct ctl_run r;
	json_t *j;

	start();
	assert_ctl("status", EX_OK, "sluice 9.9, up 1 d 1 h", NULL);
	assert_ctl("status", EX_OK, "worker       12  restarting         3  1.5 s  20.0 MiB", NULL);
	assert_ctl("status", EX_OK, "EXPIRED", NULL);
	assert_ctl("status", EX_OK, "records_dropped_total      2", NULL);
	r = ctl_run("--json status");
	j = json_loads(r.out, 0, NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(j, "generation")), 2);
	json_decref(j);
	ctl_run_release(&r);
	stop();
}
END_TEST

START_TEST(flows_are_listed_and_filtered)
{
	struct ctl_run r;
	json_t *j;

	start();
	assert_ctl("flows", EX_OK, "www.example\xef\xbf\xbd", NULL);
	assert_ctl("flows", EX_OK, "10.9.9.9:4000", NULL);
	r = ctl_run("--json flows --client 10.1.0.0/16");
	j = json_loads(r.out, 0, NULL);
	ck_assert_uint_eq(json_array_size(j), 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(j, 0), "origin")), "[2001:db8::1]:443");
	json_decref(j);
	ctl_run_release(&r);
	r = ctl_run("--json flows --verb pass --site other");
	j = json_loads(r.out, 0, NULL);
	ck_assert_uint_eq(json_array_size(j), 1);
	json_decref(j);
	ctl_run_release(&r);
	stop();
}
END_TEST

START_TEST(reload_that_fails_ends_with_78_and_shows_the_mistakes)
{
	start();
	assert_ctl("reload", EX_OK, "generation 3", "warning: x");
	assert_ctl("reload", EX_CONFIG, NULL, "sluice.conf:7:2: error: unknown verb \"blokc\"; the old one stays");
	stop();
}
END_TEST

START_TEST(rules_are_shown_removed_and_installed)
{
	start();
	assert_ctl("rules show", EX_OK, "table inet sluice", NULL);
	assert_ctl("rules remove", EX_OK, "rules are removed", NULL);
	assert_ctl("rules install", EX_OK, "rules are installed", NULL);
	assert_ctl("--json rules show", EX_OK, "\"installed\": true", NULL);
	stop();
}
END_TEST

START_TEST(missing_daemon_ends_with_69_and_names_the_socket)
{
	fixture_make();
	assert_ctl("status", EX_UNAVAILABLE, NULL, CONTROL_SOCKET_NAME);
	assert_ctl("flows", EX_UNAVAILABLE, NULL, CONTROL_SOCKET_NAME);
	assert_ctl("reload", EX_UNAVAILABLE, NULL, CONTROL_SOCKET_NAME);
	assert_ctl("rules show", EX_UNAVAILABLE, NULL, CONTROL_SOCKET_NAME);
	fixture_remove();
}
END_TEST

UNIT_SUITE(daemon, "daemon", status_is_shown_as_text_and_json, flows_are_listed_and_filtered,
	reload_that_fails_ends_with_78_and_shows_the_mistakes, rules_are_shown_removed_and_installed,
	missing_daemon_ends_with_69_and_names_the_socket)
