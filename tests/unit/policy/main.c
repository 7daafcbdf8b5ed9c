#include "suites.h"

#include <stdio.h>

static const char *const categories[] = {
	"adult", "bank", "gambling", "games", "malware", "news", "shopping", "social", "gaming", "nothing"};
static const char *const type_classes[] = {"executable", "archive", "image", "document"};
static const char *const mimes[] = {"application/zip", "image/gif", "image/png", "text/html", "text/plain"};
static const char *const topics[] = {"sports", "violence"};

static const char *
name_category(const void *context, unsigned number)
{
	return number < sizeof categories / sizeof categories[0] ? categories[number] : NULL;
}

static const char *
name_type_class(const void *context, unsigned number)
{
	return number < sizeof type_classes / sizeof type_classes[0] ? type_classes[number] : NULL;
}

static const char *
name_topic(const void *context, unsigned number)
{
	return number < sizeof topics / sizeof topics[0] ? topics[number] : NULL;
}

static const char *
name_mime(const void *context, unsigned number)
{
	return number < sizeof mimes / sizeof mimes[0] ? mimes[number] : NULL;
}

/* What is listed as gaming is listed as games. */
static int
alias_of(const void *context, unsigned category)
{
	return strcmp(categories[category], "gaming") == 0 ? 3 : -1;
}

static bool
is_empty(const void *context, unsigned category)
{
	return strcmp(categories[category], "nothing") == 0;
}

const struct policy_names test_names = {
	.of = {name_category, name_type_class, name_topic, name_mime},
	.alias_of = alias_of,
	.is_empty = is_empty,
};

static struct policy *
compile_text(const char *text, struct problems *problems)
{
	struct conf_source source = {"/etc/test.conf", slice_of(text)};
	struct conf_tree *tree = conf_tree_parse(&source, 1, problems);
	struct policy *policy = tree ? policy_compile(tree, &test_names, problems) : NULL;

	conf_tree_free(tree);
	return policy;
}

static const char *
problems_text(const struct problems *problems)
{
	static char text[16384];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < problems->count && n + 800 < sizeof text; i++) {
		problem_format(&problems->items[i], text + n, sizeof text - n);
		n += strlen(text + n);
		text[n++] = '\n';
		text[n] = '\0';
	}
	return text;
}

struct policy *
policy_from(const char *text)
{
	struct problems problems = {0};
	struct policy *policy = compile_text(text, &problems);

	ck_assert_msg(policy != NULL, "refused: %s", problems_text(&problems));
	problems_release(&problems);
	return policy;
}

const char *
problems_of(const char *text)
{
	struct problems problems = {0};
	struct policy *policy = compile_text(text, &problems);
	const char *result;

	ck_assert_msg((policy == NULL) == (problems.errors > 0), "errors and outcome disagree: %s", text);
	result = problems_text(&problems);
	policy_release(policy);
	problems_release(&problems);
	return result;
}

static bool
test_header(const void *context, struct slice name, unsigned nth, struct slice *value)
{
	const struct test_facts *test = context;

	*value = test->header_value;
	return nth == 0 && slice_eq_nocase(name, test->header_name);
}

static uint64_t
set_of(struct slice list, enum policy_name kind)
{
	struct slice item;
	uint64_t set = 0;

	while (list.len && slice_split(&list, ',', &item)) {
		int number = policy_name_find(&test_names, kind, item);

		ck_assert_msg(number >= 0, "no name %.*s", SLICE_ARG(item));
		set |= UINT64_C(1) << number;
	}
	return set;
}

static void
fact_from(struct test_facts *test, struct slice key, struct slice value)
{
	struct facts *f = &test->facts;
	uint64_t number = 0;

	slice_to_u64(value, &number);
	if (slice_eq(key, SLICE("client"))) {
		ck_assert(addr_parse(value, &f->client));
		facts_learn(f, FACT_CLIENT);
	} else if (slice_eq(key, SLICE("mac"))) {
		ck_assert(mac_parse(value, f->mac));
		facts_learn(f, FACT_MAC);
	} else if (slice_eq(key, SLICE("user"))) {
		while (value.len && slice_split(&value, ',', &test->users[f->user_count]))
			f->user_count++;
		f->users = test->users;
		facts_learn(f, FACT_USER);
	} else if (slice_eq(key, SLICE("time"))) {
		f->time = (int64_t)number;
		facts_learn(f, FACT_TIME);
	} else if (slice_eq(key, SLICE("to"))) {
		ck_assert(endpoint_parse(value, &f->destination));
		facts_learn(f, FACT_DESTINATION);
	} else if (slice_eq(key, SLICE("port"))) {
		f->destination.port = (uint16_t)number;
		facts_learn(f, FACT_DESTINATION);
	} else if (slice_eq(key, SLICE("tls")) || slice_eq(key, SLICE("http"))) {
		f->transport = slice_eq(key, SLICE("tls")) ? TRANSPORT_TLS : TRANSPORT_HTTP;
		facts_learn(f, FACT_TRANSPORT);
	} else if (slice_eq(key, SLICE("h2"))) {
		f->application = APPLICATION_HTTP2;
		facts_learn(f, FACT_APPLICATION);
	} else if (slice_eq(key, SLICE("site"))) {
		f->site = value;
		facts_learn(f, FACT_SITE);
	} else if (slice_eq(key, SLICE("cat"))) {
		test->categories[0] = set_of(value, NAME_CATEGORY);
		f->categories = (struct fact_set){test->categories, 1};
		facts_learn(f, FACT_CATEGORY);
	} else if (slice_eq(key, SLICE("possible"))) {
		test->possible[0] = set_of(value, NAME_CATEGORY);
		f->categories_possible = (struct fact_set){test->possible, 1};
	} else if (slice_eq(key, SLICE("ja4"))) {
		f->ja4 = value;
		facts_learn(f, FACT_JA4);
	} else if (slice_eq(key, SLICE("issuer"))) {
		f->certificate.present = true;
		f->certificate.issuer = value;
		facts_learn(f, FACT_CERTIFICATE);
	} else if (slice_eq(key, SLICE("age"))) {
		f->certificate.present = true;
		f->certificate.age = (int64_t)number;
		facts_learn(f, FACT_CERTIFICATE);
	} else if (slice_eq(key, SLICE("self"))) {
		f->certificate.present = f->certificate.self_signed = true;
		facts_learn(f, FACT_CERTIFICATE);
	} else if (slice_eq(key, SLICE("path"))) {
		f->path = value;
		facts_learn(f, FACT_PATH);
	} else if (slice_eq(key, SLICE("method"))) {
		f->method = value;
		facts_learn(f, FACT_METHOD);
	} else if (slice_eq(key, SLICE("header"))) {
		size_t colon = slice_find(value, ':');

		test->header_name = slice_sub(value, 0, colon);
		test->header_value = slice_sub(value, colon + 1, value.len);
		f->header = test_header;
		f->header_context = test;
		facts_learn(f, FACT_HEADER);
	} else if (slice_eq(key, SLICE("up")) || slice_eq(key, SLICE("down"))) {
		f->direction = slice_eq(key, SLICE("up")) ? DIRECTION_UPLOAD : DIRECTION_DOWNLOAD;
		facts_learn(f, FACT_DIRECTION);
	} else if (slice_eq(key, SLICE("sofar"))) {
		f->size = number;
	} else if (slice_eq(key, SLICE("size"))) {
		f->size = number;
		facts_learn(f, FACT_SIZE);
	} else if (slice_eq(key, SLICE("mime"))) {
		f->mime = value;
		facts_learn(f, FACT_TYPE);
	} else if (slice_eq(key, SLICE("moremime"))) {
		test->more_mime = value;
		f->more_mimes = &test->more_mime;
		f->more_mime_count = 1;
	} else if (slice_eq(key, SLICE("typesofar"))) {
		f->type_classes = set_of(value, NAME_TYPE_CLASS);
	} else if (slice_eq(key, SLICE("type"))) {
		f->type_classes = set_of(value, NAME_TYPE_CLASS);
		facts_learn(f, FACT_TYPE);
	} else if (slice_eq(key, SLICE("score"))) {
		f->phrases = (int32_t)number;
	} else if (slice_eq(key, SLICE("phrases"))) {
		f->phrases = (int32_t)number;
		facts_learn(f, FACT_PHRASES);
	} else if (slice_eq(key, SLICE("violence"))) {
		test->topics[1] = (uint8_t)number;
		f->topics = test->topics;
		f->topic_count = 2;
		facts_learn(f, FACT_TOPIC);
	} else if (slice_eq(key, SLICE("search"))) {
		for (size_t i = 0; i < value.len; i++)
			if (value.ptr[i] == '_')
				((char *)value.ptr)[i] = ' ';
		f->search = value;
		facts_learn(f, FACT_SEARCH);
	} else if (slice_eq(key, SLICE("searchscore"))) {
		f->search_score = (int32_t)number;
		facts_learn(f, FACT_SEARCH_SCORE);
	} else if (slice_eq(key, SLICE("suspicions"))) {
		f->suspicions = (uint32_t)number;
		f->suspicion = SLICE("lookalike of bank (near)");
		facts_learn(f, FACT_SHAPE);
	} else if (slice_eq(key, SLICE("unread"))) {
		f->unread = value;
		facts_learn(f, FACT_UNREAD);
	} else if (slice_eq(key, SLICE("settle"))) {
		for (unsigned s = 0; s < STAGES; s++)
			if (slice_eq(value, slice_of(policy_stage_name(s))))
				facts_settle(f, s);
	} else {
		ck_abort_msg("no fact %.*s", SLICE_ARG(key));
	}
}

void
facts_from(struct test_facts *test, const char *text)
{
	struct slice rest, item;

	*test = (struct test_facts){0};
	snprintf(test->text, sizeof test->text, "%s", text);
	rest = slice_of(test->text);
	while (rest.len && slice_split(&rest, ' ', &item)) {
		size_t equals = slice_find(item, '=');

		if (item.len)
			fact_from(test, slice_sub(item, 0, equals), slice_sub(item, equals + 1, item.len));
	}
}

UNIT_MAIN(path_suite, regex_suite, schedule_suite, group_suite, compile_suite, evaluate_suite, lint_suite,
	explain_suite, import_suite, manual_suite, may_bypass_suite, override_suite, user_table_suite)
