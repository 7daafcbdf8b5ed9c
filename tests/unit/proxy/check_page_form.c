/* What a request is for decides the form of the answer. */
#include "suites.h"

#include "proxy/page_form.h"

struct form_case {
	const char *request;
	enum page_form form;
};

static void
assert_forms(const struct form_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct arena arena = arena_make(65536);
		struct http_message request;
		enum page_form form;

		request_from(&request, &arena, cases[i].request);
		form = page_form_of(&request);
		ck_assert_msg(form == cases[i].form, "form %d, want %d: %s", form, cases[i].form, cases[i].request);
		arena_release(&arena);
	}
}

#define ASSERT_FORMS(cases) assert_forms(cases, sizeof(cases) / sizeof(cases)[0])

START_TEST(the_destination_that_a_browser_names_decides)
{
	static const struct form_case cases[] = {
		{"GET https://a.test/\nSec-Fetch-Dest: document", PAGE_FORM_HTML},
		{"GET https://a.test/x.png\nSec-Fetch-Dest: document\nAccept: image/png", PAGE_FORM_HTML},
		{"GET https://a.test/\nSec-Fetch-Dest: iframe", PAGE_FORM_HTML},
		{"GET https://a.test/\nSec-Fetch-Dest: image\nAccept: image/avif,image/webp,*/*;q=0.8", PAGE_FORM_SVG},
		{"GET https://a.test/\nSec-Fetch-Dest: image\nAccept: image/webp", PAGE_FORM_GIF},
		{"GET https://a.test/\nSec-Fetch-Dest: image", PAGE_FORM_SVG},
		{"GET https://a.test/\nSec-Fetch-Dest: script\nAccept: */*", PAGE_FORM_SCRIPT},
		{"GET https://a.test/\nSec-Fetch-Dest: serviceworker", PAGE_FORM_SCRIPT},
		{"GET https://a.test/\nSec-Fetch-Dest: style\nAccept: text/css,*/*;q=0.1", PAGE_FORM_STYLE},
		{"GET https://a.test/\nSec-Fetch-Dest: empty\nAccept: text/html", PAGE_FORM_JSON},
		{"GET https://a.test/\nSec-Fetch-Dest: font", PAGE_FORM_TEXT},
		{"GET https://a.test/\nSec-Fetch-Dest: video", PAGE_FORM_TEXT},
		{"GET https://a.test/\nSec-Fetch-Dest: <script>", PAGE_FORM_TEXT},
		{"GET https://a.test/\nSec-Fetch-Dest:", PAGE_FORM_TEXT},
	};

	ASSERT_FORMS(cases);
}
END_TEST

START_TEST(without_it_what_is_accepted_and_then_the_name_decides)
{
	static const struct form_case cases[] = {
		{"GET http://a.test/\nAccept: */*", PAGE_FORM_HTML},
		{"GET http://a.test/", PAGE_FORM_HTML},
		{"GET http://a.test/a.png/\nAccept: */*", PAGE_FORM_HTML},
		{"GET http://a.test/a.png\nAccept: text/html,image/png", PAGE_FORM_HTML},
		{"GET http://a.test/\nAccept: application/json, text/plain, */*", PAGE_FORM_JSON},
		{"GET http://a.test/\nAccept: application/vnd.api+json", PAGE_FORM_JSON},
		{"GET http://a.test/\nAccept: text/event-stream", PAGE_FORM_JSON},
		{"GET http://a.test/\nAccept: */*\nX-Requested-With: XMLHttpRequest", PAGE_FORM_JSON},
		{"GET http://a.test/\nAccept: text/css,*/*;q=0.1", PAGE_FORM_STYLE},
		{"GET http://a.test/\nAccept: image/svg+xml", PAGE_FORM_SVG},
		{"GET http://a.test/\nAccept: image/png", PAGE_FORM_GIF},
		{"GET http://a.test/app.js?v=1.css\nAccept: */*", PAGE_FORM_SCRIPT},
		{"GET http://a.test/app.MJS", PAGE_FORM_SCRIPT},
		{"GET http://a.test/main.css", PAGE_FORM_STYLE},
		{"GET http://a.test/a.jpeg", PAGE_FORM_GIF},
		{"GET http://a.test/a.unknown", PAGE_FORM_HTML},
		{"GET http://a.test/.", PAGE_FORM_HTML},
		{"GET http://a.test/?a=/b.png", PAGE_FORM_HTML},
	};

	ASSERT_FORMS(cases);
}
END_TEST

START_TEST(grpc_and_websocket_are_known_by_their_own_signs)
{
	static const struct form_case cases[] = {
		{"POST https://a.test/s/m\nContent-Type: application/grpc", PAGE_FORM_GRPC},
		{"POST https://a.test/s/m\nContent-Type: Application/gRPC+proto\nAccept: text/html", PAGE_FORM_GRPC},
		{"POST https://a.test/s/m\nContent-Type: application/grpc-web+proto\nSec-Fetch-Dest: empty",
			PAGE_FORM_GRPC_WEB},
		{"GET https://a.test/ws\nUpgrade: websocket\nSec-Fetch-Dest: websocket", PAGE_FORM_TEXT},
	};

	ASSERT_FORMS(cases);
	ck_assert(page_form_of(NULL) == PAGE_FORM_HTML);
}
END_TEST

UNIT_SUITE(page_form, "page_form", the_destination_that_a_browser_names_decides,
	without_it_what_is_accepted_and_then_the_name_decides, grpc_and_websocket_are_known_by_their_own_signs)
