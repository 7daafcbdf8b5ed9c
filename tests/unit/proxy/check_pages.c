/* The proxy's own answers: for each kind of request the type, the fields, and what may be in the body. */
#include "suites.h"

#include <stdio.h>

#include "http/h1_write.h"
#include "proxy/pages.h"

struct world {
	struct arena arena;
	struct http_message request;
	struct page_set *set;
	struct conf *conf;
	struct page page;
};

static const struct page_facts evil = {
	.host = {"a.test", 6},
	.rule = {"sluice.conf:7", 13},
	.category = {"games<b>", 8},
	.reason = {"\"><script>alert(1)</script>", 27},
	.detail = {"x\r\nSet-Cookie: a=b", 18},
	.proceed = {"/.well-known/sluice/continue/T/?a=1&b=\"", 39},
	.request_id = "1f-2",
};

static void
build(struct world *w, enum page_kind kind, const char *settings, const char *request, const struct page_facts *facts)
{
	struct problems problems = {0};

	*w = (struct world){.arena = arena_make(1 << 20), .set = page_set_new(&problems), .conf = conf_from(settings)};
	ck_assert_ptr_nonnull(w->set);
	request_from(&w->request, &w->arena, request);
	ck_assert(page_build(&w->page, kind, w->set, w->conf, &w->request, facts, &w->arena));
}

static void
release(struct world *w)
{
	page_release(&w->page);
	page_set_free(w->set);
	conf_release(w->conf);
	arena_release(&w->arena);
}

static struct slice
field(const struct world *w, const char *name)
{
	const struct http_field *f = http_message_find_name(&w->page.head, slice_of(name));

	return f ? f->value : SLICE_EMPTY;
}

static bool
body_has(const struct world *w, const char *text)
{
	struct slice body = buffer_slice(&w->page.body);

	return slice_find_slice(body, slice_of(text)) != body.len;
}

START_TEST(every_form_has_its_type_and_nothing_that_could_do_harm)
{
	static const struct {
		const char *request, *type, *begin;
		unsigned status;
	} cases[] = {
		{"GET http://a.test/\nAccept: */*", "text/html; charset=utf-8", "<!doctype html>", 403},
		{"GET https://a.test/\nSec-Fetch-Dest: image", "image/svg+xml", "<svg ", 403},
		{"GET https://a.test/\nSec-Fetch-Dest: image\nAccept: image/png", "image/gif", "GIF89a", 403},
		{"GET https://a.test/\nSec-Fetch-Dest: script", "text/javascript; charset=utf-8", "", 403},
		{"GET https://a.test/\nSec-Fetch-Dest: style", "text/css; charset=utf-8", "", 403},
		{"GET https://a.test/\nSec-Fetch-Dest: empty", "application/problem+json",
			"{\"type\":\"about:blank\",\"status\":403,\"title\":\"Forbidden\"", 403},
		{"GET https://a.test/\nSec-Fetch-Dest: font", "text/plain; charset=utf-8", "This page is blocked\n",
			403},
		{"GET http://a.test/\nUpgrade: websocket", "text/plain; charset=utf-8", "This page is blocked\n", 403},
		{"POST https://a.test/s/m\nContent-Type: application/grpc", "application/grpc", "", 200},
		{"POST https://a.test/s/m\nContent-Type: application/grpc-web", "application/grpc-web+proto", "", 200},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct buffer wire = buffer_make(1 << 20);
		struct world w;

		build(&w, PAGE_BLOCKED, "", cases[i].request, &evil);
		ck_assert_uint_eq(w.page.head.status, cases[i].status);
		assert_slice(field(&w, "content-type"), cases[i].type);
		assert_slice(field(&w, "cache-control"), "no-store");
		assert_slice(field(&w, "x-content-type-options"), "nosniff");
		assert_slice(field(&w, "referrer-policy"), "no-referrer");
		ck_assert(slice_starts_with(field(&w, "content-security-policy"), SLICE("default-src 'none';")));
		ck_assert_uint_eq(field(&w, "set-cookie").len, 0);
		ck_assert(slice_starts_with(buffer_slice(&w.page.body), slice_of(cases[i].begin)));
		ck_assert(cases[i].begin[0] != '\0' || buffer_len(&w.page.body) == 0);
		ck_assert(w.page.head.body == HTTP_BODY_LENGTH);
		ck_assert_uint_eq(w.page.head.content_length, buffer_len(&w.page.body));
		ck_assert(!body_has(&w, "<script") && !body_has(&w, "<b>") && !body_has(&w, "\r"));
		/* What is built can be written, and no field splits. */
		ck_assert(h1_write_response(&wire, &w.page.head, w.page.head.body, H1_CONNECTION_DEFAULT, false));
		ck_assert_uint_eq(slice_find_slice(buffer_slice(&wire), SLICE("Set-Cookie")), buffer_len(&wire));
		buffer_release(&wire);
		release(&w);
	}
}
END_TEST

START_TEST(the_page_says_why_and_whom_to_ask)
{
	static const struct {
		const char *contact, *link;
	} cases[] = {
		{"https://help.test/review", "href=\"https://help.test/review?request=1f-2\""},
		{"https://help.test/review?from=gw", "href=\"https://help.test/review?from=gw&amp;request=1f-2\""},
		{"it@help.test", "href=\"mailto:it@help.test?subject=1f-2\""},
		{"mailto:it@help.test", "href=\"mailto:it@help.test\""},
		{"room 12, ask for <Ann>", "<span>Questions: room 12, ask for &lt;Ann&gt;</span>"},
		{"javascript:alert(1)", "<span>Questions: javascript:alert(1)</span>"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;
		char settings[200];

		snprintf(settings, sizeof settings, "pages { contact \"%s\" }", cases[i].contact);
		build(&w, PAGE_BLOCKED, settings, "GET http://a.test/", &evil);
		ck_assert_msg(body_has(&w, cases[i].link), "%.*s", SLICE_ARG(buffer_slice(&w.page.body)));
		ck_assert(body_has(&w, "<code>sluice.conf:7</code>"));
		ck_assert(body_has(&w, "games&lt;b&gt;"));
		ck_assert(body_has(&w, "&quot;&gt;&lt;script&gt;"));
		ck_assert(body_has(&w, "<code>1f-2</code>"));
		release(&w);
	}
}
END_TEST

START_TEST(the_status_of_a_block_is_as_configured_and_that_of_errors_is_not)
{
	static const struct {
		enum page_kind kind;
		const char *settings;
		unsigned status;
	} cases[] = {
		{PAGE_BLOCKED, "", 403},
		{PAGE_BLOCKED, "pages { status 451 }", 451},
		{PAGE_WARNING, "pages { status 451 }", 403},
		{PAGE_METHOD, "", 405},
		{PAGE_MISDIRECTED, "", 421},
		{PAGE_ORIGIN_FAILED, "", 502},
		{PAGE_ORIGIN_TIMEOUT, "pages { status 451 }", 504},
		{PAGE_BAD_CERTIFICATE, "", 502},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;

		build(&w, cases[i].kind, cases[i].settings, "GET http://a.test/\nSec-Fetch-Dest: empty", &evil);
		ck_assert_uint_eq(w.page.head.status, cases[i].status);
		release(&w);
	}
}
END_TEST

START_TEST(grpc_is_refused_in_its_own_status)
{
	static const struct {
		enum page_kind kind;
		const char *status;
	} cases[] = {{PAGE_BLOCKED, "7"}, {PAGE_ORIGIN_FAILED, "14"}, {PAGE_ORIGIN_TIMEOUT, "4"}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;

		build(&w, cases[i].kind, "pages { status 451 }",
			"POST https://a.test/s/m\nContent-Type: application/grpc\nAccept-Language: de", &evil);
		ck_assert_uint_eq(w.page.head.status, 200);
		assert_slice(field(&w, "grpc-status"), cases[i].status);
		ck_assert_uint_gt(field(&w, "grpc-message").len, 0);
		release(&w);
	}
}
END_TEST

START_TEST(head_is_told_the_length_and_gets_no_body)
{
	struct world get, head;
	char length[32];

	build(&get, PAGE_BLOCKED, "", "GET http://a.test/", &evil);
	build(&head, PAGE_BLOCKED, "", "HEAD http://a.test/", &evil);
	snprintf(length, sizeof length, "%zu", buffer_len(&get.page.body));
	assert_slice(field(&head, "content-length"), length);
	ck_assert(head.page.head.body == HTTP_BODY_NONE);
	ck_assert_uint_eq(buffer_len(&head.page.body), 0);
	release(&get);
	release(&head);
}
END_TEST

START_TEST(only_a_warning_for_a_person_leads_on)
{
	static const struct {
		enum page_kind kind;
		const char *request;
		bool leads_on;
	} cases[] = {
		{PAGE_WARNING, "GET http://a.test/", true},
		{PAGE_WARNING, "GET https://a.test/\nSec-Fetch-Dest: document", true},
		{PAGE_WARNING, "GET https://a.test/\nSec-Fetch-Dest: empty", false},
		{PAGE_WARNING, "GET https://a.test/\nSec-Fetch-Dest: font", false},
		{PAGE_WARNING, "GET https://a.test/\nSec-Fetch-Dest: image", false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;

		build(&w, cases[i].kind, "", cases[i].request, &evil);
		ck_assert_msg(body_has(&w, "/.well-known/sluice/continue/T/?a=1&amp;b=&quot;\"") == cases[i].leads_on,
			"%s", cases[i].request);
		ck_assert_uint_eq(field(&w, "location").len, 0);
		assert_slice(slice_sub(field(&w, "content-security-policy"),
				     field(&w, "content-security-policy").len - strlen("frame-ancestors 'none'"), 1000),
			"frame-ancestors 'none'");
		release(&w);
	}
}
END_TEST

START_TEST(the_language_is_the_clients)
{
	struct world w;

	build(&w, PAGE_BLOCKED, "", "GET http://a.test/\nAccept-Language: de-CH, en;q=0.5", &evil);
	ck_assert(body_has(&w, "<html lang=\"de\">") && body_has(&w, "Diese Seite ist gesperrt"));
	assert_slice(field(&w, "content-language"), "de");
	release(&w);
}
END_TEST

START_TEST(long_values_are_cut_and_missing_ones_left_out)
{
	static char host[5000];
	struct page_facts facts = {.host = {host, sizeof host}};
	struct world w;

	memset(host, '<', sizeof host);
	build(&w, PAGE_ORIGIN_FAILED, "pages { contact it@help.test }", "GET http://a.test/", &facts);
	ck_assert_uint_lt(buffer_len(&w.page.body), 8000);
	ck_assert(body_has(&w, "&lt;...</dd>"));
	ck_assert(!body_has(&w, "<dt>Rule") && !body_has(&w, "<dt>Category") && !body_has(&w, "mailto:"));
	release(&w);
}
END_TEST

START_TEST(a_redirect_is_never_kept_and_has_no_body)
{
	struct arena arena = arena_make(65536);
	struct page page = {0};

	ck_assert(page_build_redirect(&page, SLICE("https://a.test/x"), &arena));
	ck_assert_uint_eq(page.head.status, 303);
	assert_slice(http_message_value(&page.head, HTTP_FIELD_LOCATION), "https://a.test/x");
	assert_slice(http_message_value(&page.head, HTTP_FIELD_CACHE_CONTROL), "no-store");
	ck_assert_uint_eq(page.head.content_length, 0);
	page_release(&page);
	arena_release(&arena);
}
END_TEST

START_TEST(a_field_for_a_code_is_there_where_one_could_be_entered_and_then_it_cannot_be_framed)
{
	struct page_facts facts = {
		.rule = SLICE("x"), .override = SLICE("/.well-known/sluice/override/T/?a=1&b=\"><script>")};
	struct world w;

	build(&w, PAGE_BLOCKED, "", "GET http://a.test/\nAccept: text/html", &facts);
	ck_assert(body_has(&w, "<form method=\"post\" action=\"/.well-known/sluice/override/T/?a=1&amp;b="));
	ck_assert(body_has(&w, "<label for=\"code\">I have a code</label>"));
	ck_assert(!body_has(&w, "<script>") && !body_has(&w, "role=\"alert\""));
	ck_assert(slice_ends_with(field(&w, "content-security-policy"), SLICE("; frame-ancestors 'none'")));
	ck_assert_uint_eq(slice_find_slice(field(&w, "content-security-policy"), SLICE("form-action")),
		field(&w, "content-security-policy").len);
	release(&w);
	/* One was sent, and there is no other any more. */
	facts = (struct page_facts){.rule = SLICE("x"), .is_code_refused = true};
	build(&w, PAGE_BLOCKED, "", "POST http://a.test/\nAccept: text/html", &facts);
	ck_assert(body_has(&w, "role=\"alert\">This code does not open the page.") && !body_has(&w, "<form"));
	ck_assert(slice_ends_with(field(&w, "content-security-policy"), SLICE("; form-action 'none'")));
	release(&w);
}
END_TEST

UNIT_SUITE(pages, "pages", every_form_has_its_type_and_nothing_that_could_do_harm, the_page_says_why_and_whom_to_ask,
	the_status_of_a_block_is_as_configured_and_that_of_errors_is_not, grpc_is_refused_in_its_own_status,
	head_is_told_the_length_and_gets_no_body, only_a_warning_for_a_person_leads_on, the_language_is_the_clients,
	long_values_are_cut_and_missing_ones_left_out, a_redirect_is_never_kept_and_has_no_body,
	a_field_for_a_code_is_there_where_one_could_be_entered_and_then_it_cannot_be_framed)
