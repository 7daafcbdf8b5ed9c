/* Commands that need no daemon, and the frame. */
#include "suites.h"

#include "ctl/ctl.h"
#include "ctl/filter.h"
#include "fixture.h"

#include <jansson.h>
#include <unistd.h>

START_TEST(usage_errors_end_with_64_and_say_how)
{
	fixture_make();
	assert_ctl("", EX_USAGE, NULL, "usage: sluicectl");
	assert_ctl("frobnicate", EX_USAGE, NULL, "\"frobnicate\"");
	assert_ctl("--frobnicate status", EX_USAGE, NULL, "--frobnicate");
	assert_ctl("help frobnicate", EX_USAGE, NULL, "\"frobnicate\"");
	assert_ctl("query --frobnicate", EX_USAGE, NULL, "sluicectl help query");
	assert_ctl("query operand", EX_USAGE, NULL, "operands");
	assert_ctl("query --verb allow", EX_USAGE, NULL, "--verb");
	assert_ctl("query --count-by nothing", EX_USAGE, NULL, "\"nothing\"");
	assert_ctl("rules", EX_USAGE, NULL, "show");
	assert_ctl("rules frobnicate", EX_USAGE, NULL, "show");
	assert_ctl("rules show more", EX_USAGE, NULL, "rules show takes nothing more");
	assert_ctl("rules", EX_USAGE, NULL, "rules wants show, install or remove");
	assert_ctl("lists", EX_USAGE, NULL, "lists wants status, update, test, compile or add");
	assert_ctl("lists test", EX_USAGE, NULL, "lists test takes a host or an URL");
	assert_ctl("lists update a b", EX_USAGE, NULL, "lists update takes one name, or none");
	assert_ctl("model", EX_USAGE, NULL, "model wants train, show or test");
	assert_ctl("model train", EX_USAGE, NULL, "model train takes a folder or a file of labelled texts");
	assert_ctl("override revoke", EX_USAGE, NULL, "the number of a code");
	assert_ctl("override nothing", EX_USAGE, NULL, "override wants new, list or revoke");
	assert_ctl("override", EX_UNAVAILABLE, NULL, NULL); /* it lists: there is no daemon */
	assert_ctl("-c", EX_USAGE, NULL, "-c");
	fixture_remove();
}
END_TEST

START_TEST(every_command_has_help_that_names_its_options)
{
	fixture_make();
	for (size_t i = 0; i < ctl_command_count; i++) {
		const struct ctl_command *c = ctl_commands[i];
		char arguments[64];

		snprintf(arguments, sizeof arguments, "help %s", c->name);
		assert_ctl(arguments, EX_OK, c->summary, NULL);
		for (size_t k = 0; k < c->option_count; k++)
			assert_ctl(arguments, EX_OK, c->options[k].name, NULL);
		if (c->has_filter)
			assert_ctl(arguments, EX_OK, "--contains", NULL);
		snprintf(arguments, sizeof arguments, "%s --help", c->name);
		assert_ctl(arguments, EX_OK, c->summary, NULL);
		assert_ctl("help", EX_OK, c->name, NULL);
	}
	assert_ctl("--version", EX_OK, "sluicectl ", NULL);
	fixture_remove();
}
END_TEST

/* The text of a file of the source tree. */
static char *
read_source(const char *name)
{
	const char *srcdir = getenv("srcdir");
	static char text[200000];
	char path[512];
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", srcdir ? srcdir : ".", name);
	file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s", path);
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static void
assert_named(const char *file, const char *text, const char *what)
{
	ck_assert_msg(strstr(text, what) != NULL, "%s does not name %s", file, what);
}

START_TEST(manual_and_completion_name_every_command_and_option)
{
	static const char *const files[] = {"docs/man/sluicectl.8", "packaging/sluicectl.bash-completion"};

	for (size_t f = 0; f < 2; f++) {
		const char *text = read_source(files[f]);

		for (size_t i = 0; i < ctl_command_count; i++) {
			const struct ctl_command *c = ctl_commands[i];

			assert_named(files[f], text, c->name);
			for (size_t k = 0; k < c->option_count; k++)
				assert_named(files[f], text, c->options[k].name);
		}
		for (size_t k = 0; k < filter_option_count; k++)
			assert_named(files[f], text, filter_options[k].name);
	}
}
END_TEST

START_TEST(query_finds_and_counts_in_all_files)
{
	char *old = strdup(fixture_record("2026-11-20T08:00:00Z", "10.1.2.3", "block", "games.example", 403));
	char text[8192];

	fixture_make();
	fixture_write("access.json.1", old);
	snprintf(text, sizeof text, "%s%s%s", old, "cut off\n",
		fixture_record("2026-11-21T08:00:00Z", "10.1.2.4", "inspect", "www.example", 200));
	fixture_write("access.json", text);
	assert_ctl("query --site www.example", EX_OK, "GET http://www.example/path", "1 lines are no records");
	assert_ctl("query --verb block --limit 1", EX_OK, "10.1.2.3", NULL);
	assert_ctl("query --count-by url.domain", EX_OK, "    2  games.example\n    1  www.example\n", NULL);
	assert_ctl("query --count-by event.action -n 1", EX_OK, "    2  block\n", NULL);
	assert_ctl("--json query --count-by url.domain --since 2026-11-21", EX_OK,
		"[{\"value\":\"www.example\",\"count\":1}]\n", NULL);
	assert_ctl("query --json --client 10.1.2.4", EX_OK, "{\"@timestamp\":\"2026-11-21T08:00:00.000000Z\"", NULL);
	assert_ctl("query --where source.ip=10.9.9.9", EX_OK, "", NULL);
	assert_ctl("query --file /nonexistent/log", EX_NOINPUT, NULL, "/nonexistent/log");
	free(old);
	fixture_remove();
}
END_TEST

START_TEST(hostile_records_do_not_steer_the_terminal)
{
	struct ctl_run r;

	fixture_make();
	fixture_write("access.json",
		"{\"@timestamp\":\"\\u001b[2J\",\"source.ip\":\"\\u0007\",\"event.action\":\"\\u001b\",\"url.full\":"
		"\"\\u001b]0;x\\u0007\",\"http.request.method\":\"\\n\",\"rule.reason\":\"\\u202e\"}\n");
	r = ctl_run("query");
	ck_assert_int_eq(r.status, EX_OK);
	ck_assert_ptr_null(strchr(r.out, '\x1b'));
	ck_assert_ptr_null(strchr(r.out, '\x07'));
	ck_assert_ptr_null(strstr(r.out, "\xe2\x80\xae"));
	ck_assert_ptr_eq(strchr(r.out, '\n'), r.out + strlen(r.out) - 1);
	ctl_run_release(&r);
	fixture_remove();
}
END_TEST

START_TEST(mistakes_in_the_configuration_are_said_with_their_place)
{
	fixture_make();
	fixture_write("sluice.conf", "state_dir /tmp\nrun_drr /tmp\n");
	assert_ctl("query", EX_CONFIG, NULL, "sluice.conf:2:1: error:");
	assert_ctl("status", EX_CONFIG, NULL, "sluice.conf:2:1: error:");
	ck_assert_int_eq(unlink(fixture_path("sluice.conf")), 0);
	assert_ctl("status", EX_NOINPUT, NULL, "sluice.conf");
	fixture_remove();
}
END_TEST

UNIT_SUITE(commands, "commands", usage_errors_end_with_64_and_say_how, every_command_has_help_that_names_its_options,
	manual_and_completion_name_every_command_and_option, query_finds_and_counts_in_all_files,
	hostile_records_do_not_steer_the_terminal, mistakes_in_the_configuration_are_said_with_their_place)
