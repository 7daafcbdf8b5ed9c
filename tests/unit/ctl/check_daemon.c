/* Commands that ask the daemon: a real control server answers them. */
#include "suites.h"

#include "admin/control_server.h"
#include "base/diag.h"
#include "fixture.h"

#include <pthread.h>
#include <sched.h>
#include <sysexits.h>
#include <unistd.h>

static void
handle_status(void *context, struct control_request *r, const json_t *arguments)
{
	control_answer_with(r, json_pack("{s:s, s:f, s:i, s:[{s:s, s:i, s:s}, {s:s, s:i, s:s}], s:{s:i, s:i}}",
				       "version", "9.9", "uptime_seconds", 90000.0, "generation", 2, "processes",
				       "role", "supervisor", "pid", (int)getpid(), "state", "ready", "role", "worker",
				       "pid", 0x7ffffff, "state", "down", "records", "written", 7, "dropped", 2));
}

static void
handle_flows(void *context, struct control_request *r, const json_t *arguments)
{
	control_answer_with(r, json_pack("{s:[{s:s, s:s, s:s, s:I}, {s:s, s:s, s:s, s:I}], s:i}", "flows", "client",
				       "10.1.2.3:4000", "site", "www.example\x1b", "step", "SERVE", "bytes_in",
				       (json_int_t)2048, "client", "[2001:db8::9]:4000", "site", "other.example",
				       "step", "TUNNEL", "bytes_in", (json_int_t)0, "total", 2));
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
	json_t *j, *processes;

	start();
	assert_ctl("ca init", EX_OK, NULL, NULL);
	assert_ctl("status", EX_OK, "\nuptime              1 d 1 h\n", NULL);
	assert_ctl("status", EX_OK, "ROLE        ", NULL);
	assert_ctl("status", EX_OK, "\nworker ", NULL);
	assert_ctl("status", EX_OK, "RECORDS\nwritten             7\ndropped             2\n", NULL);
	assert_ctl("status", EX_OK, "fingerprint ", NULL);
	r = ctl_run("--json status");
	j = json_loads(r.out, 0, NULL);
	processes = json_object_get(j, "processes");
	ck_assert_int_eq(json_integer_value(json_object_get(j, "generation")), 2);
	ck_assert_uint_eq(json_array_size(processes), 2);
	ck_assert_str_eq(json_string_value(json_object_get(json_object_get(j, "ca"), "role")), "signs");
	json_decref(j);
	ctl_run_release(&r);
	stop();
}
END_TEST

static void
assert_flow(const char *arguments, const char *site)
{
	struct ctl_run r = ctl_run(arguments);
	json_t *j = json_loads(r.out, 0, NULL);

	ck_assert_msg(json_array_size(j) == 1, "%s: %s", arguments, r.out);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(j, 0), "site")), site);
	json_decref(j);
	ctl_run_release(&r);
}

START_TEST(flows_are_listed_and_filtered)
{
	start();
	assert_ctl("flows", EX_OK, "10.1.2.3:4000       www.example\xef\xbf\xbd   SERVE    2.0 KiB\n", NULL);
	assert_ctl("flows", EX_OK, "[2001:db8::9]:4000", NULL);
	assert_flow("--json flows --client 10.1.0.0/16", "www.example\x1b");
	assert_flow("--json flows --site other", "other.example");
	assert_flow("--json flows --where step=TUNNEL", "other.example");
	assert_ctl("--json flows --where step=NOWHERE", EX_OK, "[]", NULL);
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

START_TEST(rules_that_a_dead_daemon_left_behind_are_removed)
{
	/* In a network namespace of its own, so that no other daemon's rules are meant. */
	if (unshare(CLONE_NEWNET) < 0 || system("command -v nft >/dev/null") != 0)
		return;
	fixture_make();
	ck_assert_int_eq(system("nft add table inet sluice_closed"), 0);
	assert_ctl("rules remove", EX_OK, "left behind is removed", NULL);
	ck_assert_int_eq(system("test -z \"$(nft list tables)\""), 0);
	assert_ctl("rules remove", EX_OK, NULL, NULL);
	fixture_write("sluice.conf", "polizy { }\n");
	assert_ctl("rules remove", EX_CONFIG, NULL, "sluice.conf:1:1");
	fixture_remove();
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
	rules_that_a_dead_daemon_left_behind_are_removed, missing_daemon_ends_with_69_and_names_the_socket)
