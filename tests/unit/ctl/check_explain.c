/* explain and replay: the live evaluator, asked about what might be and about what was. */
#include "suites.h"

#include "base/buffer.h"
#include "fixture.h"
#include "record/format.h"
#include "record/text.h"

#include <jansson.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#define SETTINGS                                                                                 \
	"state_dir %s\nlog_dir %s run_dir %s\nrecord { urls full }\n"                            \
	"group pupils { net 10.1.0.0/16 fd00:1::/64 }\ngroup nurses { mac 02:00:00:aa:bb:cc }\n" \
	"time mornings { mon-fri 08:00-12:00 zone UTC }\n"

static void
write_policy(const char *name, const char *rules)
{
	char text[4096];

	snprintf(
		text, sizeof text, SETTINGS "policy {\n%s\n}\n", fixture_folder, fixture_folder, fixture_folder, rules);
	fixture_write(name, text);
}

static const char rules[] = "block everyone site evil.example reason \"dangerous\"\n"
			    "pass everyone site bank.example\n"
			    "block pupils site games.example during mornings\n"
			    "block pupils type executable\n"
			    "block nurses site *.example/secret\n"
			    "block everyone site watched.example monitor\n"
			    "inspect everyone any\n";

/* The answer's "verb" and "rule" for these arguments. */
static void
assert_verb(const char *arguments, const char *verb, bool decided)
{
	char command[512];
	struct ctl_run r;
	json_t *j;

	snprintf(command, sizeof command, "--json explain %s", arguments);
	r = ctl_run(command);
	ck_assert_msg(r.status == EX_OK, "%s: %s", arguments, r.err);
	j = json_loads(r.out, 0, NULL);
	ck_assert_msg(strcmp(json_string_value(json_object_get(j, "verb")), verb) == 0, "%s: %s", arguments, r.out);
	ck_assert_msg(json_is_true(json_object_get(j, "decided")) == decided, "%s: %s", arguments, r.out);
	json_decref(j);
	ctl_run_release(&r);
}

START_TEST(explain_follows_host_client_time_and_type)
{
	fixture_make();
	write_policy("sluice.conf", rules);
	assert_verb("--client 10.9.9.9 --url https://evil.example/", "block", true);
	assert_verb("--client 10.9.9.9 --url https://www.EVIL.example:8443/x?y#z", "inspect", true);
	assert_verb("--client 10.9.9.9 --url http://bank.example", "pass", true);
	assert_verb("--client 10.1.2.3 --url http://games.example/ --at 2026-11-20T09:00:00Z", "block", true);
	assert_verb("--client 10.9.2.3 --url http://games.example/ --at 2026-11-20T09:00:00Z", "inspect", true);
	assert_verb("--client 10.1.2.3 --url http://games.example/ --at 2026-11-20T13:00:00Z", "inspect", false);
	assert_verb("--client 10.1.2.3 --url http://x.example/ --type application/x-executable", "block", true);
	assert_verb("--client 10.1.2.3 --url http://x.example/ --type text/html", "inspect", true);
	assert_verb("--client 10.9.2.3 --url http://x.example/secret", "inspect", true);
	assert_verb("--client 10.9.2.3 --url http://x.example/secret --mac 02:00:00:aa:bb:cc", "block", true);
	fixture_remove();
}
END_TEST

START_TEST(explain_names_rule_reason_and_evidence)
{
	fixture_make();
	write_policy("sluice.conf", rules);
	assert_ctl("explain --client 10.1.2.3 --url http://evil.example/", EX_OK, "block by ", NULL);
	assert_ctl("explain --client 10.1.2.3 --url http://evil.example/", EX_OK, "dangerous", NULL);
	assert_ctl("explain --client 10.9.9.9 --url http://watched.example/", EX_OK, "monitor", NULL);
	assert_ctl("--json explain --client 10.9.9.9 --url http://watched.example/", EX_OK, "\"monitored\": [\n    \"",
		NULL);
	write_policy("other.conf", "block everyone any\n");
	chdir(fixture_folder);
	assert_ctl("explain --client 10.9.9.9 --url http://www.example/ --policy other.conf", EX_OK,
		"block by other.conf:8", NULL);
	fixture_remove();
}
END_TEST

START_TEST(explain_without_what_it_needs_says_what)
{
	fixture_make();
	assert_ctl("explain", EX_USAGE, NULL, "--client");
	assert_ctl("explain --client 10.1.1.1", EX_USAGE, NULL, "--url");
	assert_ctl("explain --client host --url http://h/", EX_USAGE, NULL, "--client");
	assert_ctl("explain --client 10.1.1.1 --url h", EX_USAGE, NULL, "--url");
	assert_ctl("explain --client 10.1.1.1 --url ftp://h/", EX_USAGE, NULL, "--url");
	assert_ctl("explain --client 10.1.1.1 --url http://u@h/", EX_USAGE, NULL, "--url");
	assert_ctl("explain --client 10.1.1.1 --url http://h/ --mac x", EX_USAGE, NULL, "--mac");
	write_policy("sluice.conf", "blokc everyone any\n");
	assert_ctl("explain --client 10.1.1.1 --url http://h/", EX_CONFIG, NULL, "sluice.conf:8:1: error:");
	fixture_remove();
}
END_TEST

START_TEST(explain_answers_each_line_of_a_batch)
{
	static const char situations[] =
		"{\"client\":\"10.1.1.1\",\"url\":\"http://evil.example/x\"}\n"
		"{\"client\":\"10.1.1.1\",\"url\":\"http://files.example/x\",\"type\":\"application/x-msdownload\"}\n"
		"{\"client\":\"10.1.1.1\",\"url\":\"http://files.example/x\"}\n"
		"{\"client\":\"10.1.1.1\",\"url\":\"http://files.example/x\",\"whole\":true}\n"
		"{\"client\":\"10.2.1.1\",\"url\":\"http://files.example/\",\"user\":\"anna,@staff\"}\n"
		"{\"client\":\"10.2.1.1\",\"url\":\"http://files.example/\",\"headers\":{\"X-Key\":[\"a\",\"b\"]}}\n"
		"{\"client\":\"10.2.1.1\",\"url\":\"http://files.example/"
		"\",\"upload\":2000,\"headers\":{},\"size\":1}\n"
		"{\"client\":\"10.2.1.1\",\"url\":\"http://files.example/\",\"upload\":{\"size\":20,\"type\":"
		"[\"text/plain\",\"image/png\"]},\"headers\":{},\"whole\":true}\n"
		"{\"client\":\"10.1.1.1\",\"url\":\"http://games.example/\",\"at\":\"2026-11-23T09:00:00Z\"}\n";
	static const char *const verdicts[] = {"block sluice.conf:9", "block sluice.conf:11", "inspect sluice.conf:11",
		"inspect default", "block sluice.conf:12", "warn sluice.conf:13", "block sluice.conf:14",
		"block sluice.conf:15", "block sluice.conf:10"};
	struct slice rest, line;
	struct ctl_run r;
	char text[4096];
	size_t n = 0;

	fixture_make();
	snprintf(text, sizeof text,
		SETTINGS "group staff { user @staff }\npolicy {\nblock everyone site evil.example\n"
			 "block pupils site games.example during mornings\nblock pupils type executable\n"
			 "block staff any\nwarn everyone header X-Key b\n"
			 "block everyone direction upload size over 1k\n"
			 "block everyone direction upload type image\n}\n",
		fixture_folder, fixture_folder, fixture_folder);
	fixture_write("sluice.conf", text);
	fixture_write("batch", situations);
	snprintf(text, sizeof text, "explain --batch %s", fixture_path("batch"));
	r = ctl_run(text);
	ck_assert_msg(r.status == EX_OK, "%s%s", r.out, r.err);
	for (rest = slice_of(r.out); slice_split(&rest, '\n', &line) && line.len; n++) {
		json_t *j = json_loadb(line.ptr, line.len, 0, NULL);

		snprintf(text, sizeof text, "%s %s", json_string_value(json_object_get(j, "verb")),
			json_string_value(json_object_get(j, "rule")));
		ck_assert_str_eq(text, verdicts[n]);
		json_decref(j);
	}
	ck_assert_uint_eq(n, sizeof verdicts / sizeof verdicts[0]);
	ctl_run_release(&r);
	fixture_remove();
}
END_TEST

START_TEST(explain_names_the_line_of_a_batch_that_is_wrong)
{
	static const char *const wrong[] = {"nonsense", "[]", "{\"client\":\"10.1.1.1\"}",
		"{\"client\":1,\"url\":\"http://h/\"}", "{\"client\":\"10.1.1.1\",\"url\":\"h\"}",
		"{\"client\":\"10.1.1.1\",\"url\":\"http://h/\",\"colour\":1}",
		"{\"client\":\"10.1.1.1\",\"url\":\"http://h/\",\"size\":-1}",
		"{\"client\":\"10.1.1.1\",\"url\":\"http://h/\",\"headers\":[]}",
		"{\"client\":\"10.1.1.1\",\"url\":\"http://h/\",\"at\":\"noon\"}"};
	char text[1024], command[128];

	fixture_make();
	write_policy("sluice.conf", rules);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		snprintf(text, sizeof text, "{\"client\":\"10.1.1.1\",\"url\":\"http://h/\"}\n%s\n", wrong[i]);
		fixture_write("batch", text);
		snprintf(command, sizeof command, "explain --batch %s", fixture_path("batch"));
		assert_ctl(command, EX_DATAERR, "\"error\"", "line 2");
	}
	assert_ctl("explain --batch /nonexistent", EX_NOINPUT, NULL, "/nonexistent");
	assert_ctl("explain --batch x --client 10.1.1.1", EX_USAGE, NULL, "--batch");
	fixture_remove();
}
END_TEST

/* Appends a record to the log. */
static void
add_record(struct record r, const char *client, const char *time)
{
	struct buffer b = buffer_make(RECORD_LINE_MAX);
	FILE *file = fopen(fixture_path("access.json"), "a");

	ck_assert(endpoint_parse(slice_of(client), &r.client));
	ck_assert(text_read_time(slice_of(time), &r.started_ns));
	ck_assert(ecs_render(&r, RECORD_URLS_FULL, &b));
	ck_assert_uint_eq(fwrite(buffer_slice(&b).ptr, 1, buffer_len(&b), file), buffer_len(&b));
	fclose(file);
	buffer_release(&b);
}

/* One record for each way in which `rules` decide, as the live proxy would have written it. */
static void
write_history(void)
{
	struct record exchange = {.kind = RECORD_EXCHANGE,
		.protocol = SLICE("http"),
		.method = SLICE("GET"),
		.http_version = SLICE("1.1")};
	struct record flow = {.kind = RECORD_FLOW, .protocol = SLICE("tls")};

	exchange.url = SLICE("http://evil.example/");
	exchange.domain = SLICE("evil.example");
	exchange.rule_id = SLICE("sluice.conf:8");
	exchange.rule_verb = SLICE("block");
	exchange.action = RECORD_BLOCK;
	add_record(exchange, "10.1.2.3:1", "2026-11-20T09:00:00Z");
	exchange.url = SLICE("http://games.example/");
	exchange.domain = SLICE("games.example");
	exchange.rule_id = SLICE("sluice.conf:10");
	add_record(exchange, "10.1.2.3:1", "2026-11-20T09:00:00Z");
	exchange.rule_id = SLICE("sluice.conf:14");
	exchange.rule_verb = SLICE("inspect");
	exchange.action = RECORD_INSPECT;
	add_record(exchange, "10.1.2.3:1", "2026-11-20T13:00:00Z");
	add_record(exchange, "10.9.2.3:1", "2026-11-20T09:00:00Z");
	exchange.body.type = SLICE("application/x-executable");
	exchange.body.seen = SLICE("enough");
	exchange.rule_id = SLICE("sluice.conf:11");
	exchange.rule_verb = SLICE("block");
	exchange.action = RECORD_BLOCK;
	add_record(exchange, "10.1.2.3:1", "2026-11-20T13:00:00Z");
	flow.domain = flow.server_name = SLICE("bank.example");
	flow.rule_id = SLICE("sluice.conf:9");
	flow.rule_verb = SLICE("pass");
	add_record(flow, "10.1.2.3:1", "2026-11-20T13:00:00Z");
	flow.domain = flow.server_name = SLICE("other.example");
	flow.rule_id = SLICE("sluice.conf:14");
	flow.rule_verb = SLICE("inspect");
	flow.action = RECORD_INSPECT;
	add_record(flow, "10.9.2.3:1", "2026-11-20T13:00:00Z");
	/* Refused before anybody was asked. */
	flow.rule_id = flow.rule_verb = SLICE_EMPTY;
	add_record(flow, "10.9.2.3:1", "2026-11-20T13:00:00Z");
}

START_TEST(replay_of_the_same_policy_changes_nothing)
{
	fixture_make();
	write_policy("sluice.conf", rules);
	write_history();
	chdir(fixture_folder);
	assert_ctl("replay --policy sluice.conf", EX_OK, "0 of 7 verdicts would change; of 0 more", NULL);
	fixture_remove();
}
END_TEST

START_TEST(replay_lists_what_other_rules_would_change_by_group)
{
	fixture_make();
	write_policy("sluice.conf", rules);
	write_history();
	write_policy(
		"new.conf", "pass everyone site bank.example\nblock pupils site games.example\ninspect everyone any\n");
	chdir(fixture_folder);
	/* evil.example is let through, games.example blocked in the afternoon, too. */
	assert_ctl("replay --policy new.conf", EX_OK, "2 of 7 verdicts would change; of 0 more", NULL);
	assert_ctl("replay --policy new.conf", EX_OK,
		"    1  block    sluice.conf:8   inspect   new.conf:10  evil.example\n", NULL);
	assert_ctl("--json replay --policy new.conf --site games.example", EX_OK, "\"changed\": 1", NULL);
	assert_ctl("replay --policy new.conf --since 2026-11-20T10:00:00Z", EX_OK, "1 of 4", NULL);
	/* What nobody looked for is not known. */
	write_policy("new.conf",
		"block everyone phrases over 100\nblock everyone header Cookie \"x\"\ninspect everyone any\n");
	assert_ctl("replay --policy new.conf", EX_OK, "of 5 more the records do not tell", NULL);
	fixture_remove();
}
END_TEST

/* What `replay` of `text` over one exchange says. */
static void
assert_replay_of(struct record exchange, const char *text, const char *says)
{
	fixture_make();
	write_policy("sluice.conf", text);
	exchange.kind = RECORD_EXCHANGE;
	exchange.protocol = SLICE("http");
	exchange.http_version = SLICE("1.1");
	exchange.url = SLICE("http://files.example/");
	exchange.domain = SLICE("files.example");
	exchange.method = exchange.method.len ? exchange.method : SLICE("GET");
	add_record(exchange, "10.1.2.3:1", "2026-11-20T09:00:00Z");
	chdir(fixture_folder);
	assert_ctl("replay --policy sluice.conf", EX_OK, says, NULL);
	fixture_remove();
}

#define UNCHANGED "0 of 1 verdicts would change; of 0 more"
#define UNTOLD "0 of 1 verdicts would change; of 1 more"
#define CHANGED "1 of 1 verdicts would change; of 0 more"

/* It was stopped on the way: more had been read than was carried. */
START_TEST(replay_knows_a_size_that_showed_on_the_way)
{
	static const char by_size[] = "warn everyone size over 18k\nblock everyone method GET\n";
	struct record r = {.rule_id = SLICE("sluice.conf:8"),
		.rule_verb = SLICE("warn"),
		.truncated = true,
		.error = SLICE("blocked by its content"),
		.response_body_bytes = 16384,
		.body.seen = SLICE("part"),
		.body.size_so_far = 20000};

	assert_replay_of(r, by_size, UNCHANGED);
	r.body.size_so_far = 0;
	assert_replay_of(r, by_size, UNTOLD);
	r.body.size = 20000;
	assert_replay_of(r, by_size, UNCHANGED);
	r.body.size = 17000;
	assert_replay_of(r, by_size, CHANGED);
	/* A page of ours is not the body. */
	r = (struct record){.rule_id = SLICE("sluice.conf:9"),
		.rule_verb = SLICE("block"),
		.answer = SLICE("page"),
		.response_body_bytes = 90000};
	assert_replay_of(r, by_size, UNTOLD);
	r.body.size = 500;
	assert_replay_of(r, by_size, UNCHANGED);
}
END_TEST

START_TEST(replay_tells_uploads_from_downloads)
{
	static const char by_upload[] =
		"block everyone direction upload type executable\n"
		"block everyone direction upload phrases over 50\nwarn everyone type executable\n"
		"inspect everyone any\n";
	struct record r = {.rule_id = SLICE("sluice.conf:8"),
		.rule_verb = SLICE("block"),
		.method = SLICE("POST"),
		.answer = SLICE("page"),
		.sent.type = SLICE("application/x-executable"),
		.sent.seen = SLICE("enough"),
		.sent.size = 5000};

	assert_replay_of(r, by_upload, UNCHANGED);
	r.sent.type = SLICE("image/png");
	assert_replay_of(r, by_upload, UNTOLD); /* nobody knows what would have come back */
	r.sent.more_types = (struct record_texts){&SLICE("application/x-executable"), 1};
	assert_replay_of(r, by_upload, UNCHANGED);
	r.sent.type = SLICE("text/plain");
	r.sent.more_types.count = 0;
	r.sent.phrases = SLICE("banned");
	assert_replay_of(r, by_upload, UNCHANGED);
	r.sent.phrases = SLICE("excepted");
	r.sent.score = 80;
	r.sent.seen = SLICE("whole");
	assert_replay_of(r, by_upload, UNTOLD);
	/* Sent on and answered, and looked at both ways. */
	r = (struct record){.rule_id = SLICE("sluice.conf:10"),
		.rule_verb = SLICE("warn"),
		.method = SLICE("POST"),
		.answer = SLICE("page"),
		.request_body_bytes = 5000,
		.sent.type = SLICE("image/png"),
		.sent.seen = SLICE("enough"),
		.body.type = SLICE("application/x-executable"),
		.body.seen = SLICE("enough")};
	assert_replay_of(r, by_upload, UNCHANGED);
	r.body.seen = SLICE("part");
	r.body.type = SLICE_EMPTY;
	assert_replay_of(r, by_upload, UNTOLD);
	/* What is not told of the head stands in front of what the head says of the response. */
	r = (struct record){.rule_id = SLICE("sluice.conf:9"),
		.rule_verb = SLICE("block"),
		.method = SLICE("POST"),
		.answer = SLICE("page"),
		.sent.seen = SLICE("part"),
		.sent.size = 10};
	assert_replay_of(r, "warn everyone direction download\nblock everyone header X\n", UNTOLD);
	r.rule_id = SLICE("sluice.conf:8");
	r.rule_verb = SLICE("warn");
	assert_replay_of(
		r, "warn everyone direction download\nblock everyone direction upload type image\n", UNCHANGED);
}
END_TEST

START_TEST(replay_leaves_out_what_no_rule_decided)
{
	static const char pass[] = "pass everyone site files.example\nblock everyone protocol websocket\n"
				   "block everyone site ~example/secret\ninspect everyone any\n";
	struct record r = {.rule_id = SLICE("sluice.conf:11"), .rule_verb = SLICE("inspect")};

	/* The destination was not shown to be the site's. */
	r.pass_proof = SLICE("none");
	assert_replay_of(r, pass, UNCHANGED);
	r.pass_proof = SLICE("dns");
	assert_replay_of(r, pass, CHANGED);
	r = (struct record){.rule_id = SLICE("sluice.conf:9"),
		.rule_verb = SLICE("block"),
		.pass_proof = SLICE("none"),
		.application = SLICE("websocket")};
	assert_replay_of(r, pass, UNCHANGED);
	/* The host alone was written. */
	r = (struct record){.rule_id = SLICE("sluice.conf:10"),
		.rule_verb = SLICE("block"),
		.pass_proof = SLICE("none"),
		.brief = true};
	assert_replay_of(r, pass, UNTOLD);
	/* It could not be read, and no rule minds. */
	r = (struct record){.rule_id = SLICE("bypass"), .rule_verb = SLICE("pass")};
	assert_replay_of(r, "inspect everyone any\n", UNCHANGED);
	assert_replay_of(r, "block everyone any\n", CHANGED);
	/* A click on our own warning. */
	r = (struct record){.rule_id = SLICE("default"), .warning = SLICE("followed"), .answer = SLICE("redirect")};
	assert_replay_of(r, "block everyone any\n", "0 of 0 verdicts would change; of 0 more");
}
END_TEST

START_TEST(replay_minds_that_everything_is_only_watched)
{
	struct record r = {.rule_id = SLICE("default")};

	assert_replay_of(r, "block everyone any\n}\nmonitor yes\ngroup last { net 10.9.0.0/16\n", UNCHANGED);
}
END_TEST

START_TEST(replay_without_what_it_needs_says_what)
{
	fixture_make();
	assert_ctl("replay", EX_USAGE, NULL, "--policy");
	assert_ctl("replay --policy /nonexistent", EX_NOINPUT, NULL, "/nonexistent");
	write_policy("sluice.conf", rules);
	chdir(fixture_folder);
	assert_ctl("replay --policy sluice.conf", EX_NOINPUT, NULL, "access.json");
	fixture_remove();
}
END_TEST

UNIT_SUITE(explain, "explain", explain_follows_host_client_time_and_type, explain_names_rule_reason_and_evidence,
	explain_without_what_it_needs_says_what, explain_answers_each_line_of_a_batch,
	explain_names_the_line_of_a_batch_that_is_wrong, replay_of_the_same_policy_changes_nothing,
	replay_lists_what_other_rules_would_change_by_group, replay_knows_a_size_that_showed_on_the_way,
	replay_tells_uploads_from_downloads, replay_leaves_out_what_no_rule_decided,
	replay_minds_that_everything_is_only_watched, replay_without_what_it_needs_says_what)
