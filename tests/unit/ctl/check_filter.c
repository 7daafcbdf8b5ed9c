/* Filters: each condition lets its own through and holds the others back. */
#include "suites.h"

#include "ctl/filter.h"

static const char line[] =
	"{\"@timestamp\":\"2026-11-21T09:52:27.000000Z\",\"event.action\":\"block\",\"source.ip\":\"10.1.2.3\","
	"\"user.name\":\"ann\",\"url.full\":\"http://www.example.org/a\",\"url.domain\":\"www.Example.org\","
	"\"http.request.method\":\"GET\",\"http.response.status_code\":404,\"http.response.mime_type\":\"text/html\","
	"\"rule.id\":\"policy:7\",\"rule.category\":\"games\",\"sluice.group\":\"pupils\",\"sluice.truncated\":true}";

static bool
matches(const struct filter *f)
{
	struct buffer scratch = buffer_make(4096);
	struct entry e;
	bool answer;

	ck_assert(entry_parse(slice_of(line), &e));
	answer = filter_matches(f, &e, slice_of(line), &scratch);
	buffer_release(&scratch);
	return answer;
}

START_TEST(each_condition_decides)
{
	static const struct {
		struct filter f;
		bool matches;
	} cases[] = {
		{{.verb = NULL}, true},
		{{.verb = "block"}, true},
		{{.verb = "pass"}, false},
		{{.site = "example.org"}, true},
		{{.site = "www.example.org"}, true},
		{{.site = "ample.org"}, false},
		{{.site = "org"}, true},
		{{.site = "w.www.example.org"}, false},
		{{.site = ""}, false},
		{{.rule = "policy:7"}, true},
		{{.rule = "policy:70"}, false},
		{{.category = "games"}, true},
		{{.category = "game"}, false},
		{{.user = "ann"}, true},
		{{.user = "bob"}, false},
		{{.group = "pupils"}, true},
		{{.group = "staff"}, false},
		{{.method = "GET"}, true},
		{{.method = "get"}, false},
		{{.status = "404"}, true},
		{{.status = "4xx"}, true},
		{{.status = "5xx"}, false},
		{{.status = "403"}, false},
		{{.type = "text/html"}, true},
		{{.type = "Text/HTML"}, true},
		{{.type = "text/"}, true},
		{{.type = "text"}, false},
		{{.type = "image/"}, false},
		{{.contains = "example.org/a"}, true},
		{{.contains = "nowhere"}, false},
		{{.failed = true}, true},
		{{.since = 1795254747000000000u}, true},
		{{.since = 1795254747000000001u}, false},
		{{.until = 1795254747000000001u}, true},
		{{.until = 1795254747000000000u}, false},
		{{.where = {1, {{"rule.id", 7}}, {{"policy:7", 8}}}}, true},
		{{.where = {1, {{"rule.id", 7}}, {{"", 0}}}}, false},
		{{.where = {1, {{"sluice.error", 12}}, {{"", 0}}}}, true},
		{{.where = {1, {{"sluice.truncated", 16}}, {{"true", 4}}}}, true},
		{{.verb = "block", .status = "200"}, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ck_assert_msg(matches(&cases[i].f) == cases[i].matches, "case %zu", i);
}
END_TEST

START_TEST(clients_match_by_address_and_network)
{
	static const struct {
		const char *prefix;
		bool matches;
	} cases[] = {
		{"10.1.2.3", true}, {"10.1.0.0/16", true}, {"10.1.2.4", false}, {"::/0", true}, {"fd00::/8", false}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct filter f = {.client.is_set = true};

		ck_assert(prefix_parse(slice_of(cases[i].prefix), &f.client.prefix));
		ck_assert_msg(matches(&f) == cases[i].matches, "%s", cases[i].prefix);
	}
}
END_TEST

START_TEST(filters_that_can_match_nothing_are_refused)
{
	ck_assert_ptr_null(filter_check(&(struct filter){.verb = "pass", .status = "4xx"}));
	ck_assert_ptr_nonnull(filter_check(&(struct filter){.verb = "allow"}));
	ck_assert_ptr_nonnull(filter_check(&(struct filter){.status = "four"}));
	ck_assert_ptr_nonnull(filter_check(&(struct filter){.status = "40"}));
	ck_assert_ptr_nonnull(filter_check(&(struct filter){.where = {1, {{"rule", 4}}, {{"", 0}}}}));
}
END_TEST

UNIT_SUITE(filter, "filter", each_condition_decides, clients_match_by_address_and_network,
	filters_that_can_match_nothing_are_refused)
