/* Safe search, restricted modes and tenants: which requests are changed, and how. */
#include "suites.h"

#include "proxy/enforce.h"

#define ALL                                                                                 \
	"enforce { safe_search yes\n youtube strict\n google_domains a.example b.example\n" \
	" microsoft_tenants a.example 0000-11\n microsoft_context 2222-33\n microsoft_personal no }"

struct world {
	struct conf *conf;
	struct enforce *e;
	struct arena arena;
	struct http_message request;
	unsigned done;
};

static void
apply(struct world *w, const char *settings, const char *request)
{
	struct problems problems = {0};
	struct slice host;

	*w = (struct world){.conf = conf_from(settings), .arena = arena_make(1 << 20)};
	w->e = enforce_new(w->conf, &problems);
	ck_assert_msg(w->e != NULL, "%s", problems_text(&problems));
	request_from(&w->request, &w->arena, request);
	host = w->request.authority;
	ck_assert(enforce_request(w->e, host, &w->request, &w->done));
}

static void
release(struct world *w)
{
	enforce_free(w->e);
	conf_release(w->conf);
	arena_release(&w->arena);
}

START_TEST(searches_are_asked_for_safely_however_they_are_written)
{
	static const struct {
		const char *request, *path;
	} cases[] = {
		{"GET https://www.google.com/search?q=cat", "/search?q=cat&safe=active"},
		{"GET https://www.google.co.uk/search?q=cat&safe=off", "/search?q=cat&safe=active"},
		{"GET https://google.de/search?safe=off&q=cat&safe=images", "/search?q=cat&safe=active"},
		{"GET https://images.google.com.au/search?q=cat&%73a%66e=off", "/search?q=cat&safe=active"},
		{"GET https://www.google.com/search?SAFE=off&q=a+b%26c", "/search?q=a+b%26c&safe=active"},
		{"GET https://www.google.com/search?safe&q=cat&", "/search?q=cat&safe=active"},
		{"GET https://www.google.com/search?%71=cat", "/search?%71=cat&safe=active"},
		{"GET https://www.google.com/./search?as_q=cat", "/./search?as_q=cat&safe=active"},
		{"GET https://www.google.com/search?q=cat&safety=off", "/search?q=cat&safety=off&safe=active"},
		{"GET https://www.bing.com/search?q=cat&adlt=off", "/search?q=cat&adlt=strict"},
		{"GET https://cn.bing.com/images/async?q=cat", "/images/async?q=cat&adlt=strict"},
		{"GET https://duckduckgo.com/?q=cat&kp=-2", "/?q=cat&kp=1"},
		{"GET https://links.duckduckgo.com/d.js?q=cat", "/d.js?q=cat&kp=1"},
		{"POST https://html.duckduckgo.com/html/", "/html/?kp=1"},
		{"POST https://html.duckduckgo.com/html/?kp=-2", "/html/?kp=1"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;

		apply(&w, "enforce { safe_search yes }", cases[i].request);
		assert_slice(w.request.path, cases[i].path);
		ck_assert_uint_eq(w.done, ENFORCE_BIT(ENFORCE_SAFE_SEARCH));
		release(&w);
	}
}
END_TEST

START_TEST(everything_else_is_left_as_it_was)
{
	static const char *const cases[] = {
		"GET https://www.google.com/",
		"GET https://www.google.com/maps?x=1",
		"POST https://www.google.com/log?format=json",
		"GET https://notgoogle.com/search?q=cat",
		"GET https://google.com.evil.test/search?q=cat",
		"GET https://google.example/search?q=cat",
		"GET https://www.google/search?q=cat",
		"GET https://google/search?q=cat",
		"GET https://notbing.com/search?q=cat",
		"GET https://bing.com.evil.test/search?q=cat",
		"GET https://duckduckgo.com/about",
		"GET https://i.ytimg.com/x.jpg",
		"GET https://youtube.com.evil.test/",
		"GET https://outlook.live.com/",
		"GET https://www.microsoft.com/",
		"GET https://evil-login.microsoftonline.com/",
		"GET http://login.microsoftonline.com/",
		"GET https://10.0.0.1/search?q=cat",
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct world w;
		struct arena arena = arena_make(65536);
		struct http_message before;

		request_from(&before, &arena, cases[i]);
		apply(&w,
			"enforce { safe_search yes\n youtube strict\n microsoft_tenants a.example\n microsoft_context "
			"1 }",
			cases[i]);
		ck_assert_msg(slice_eq(w.request.path, before.path) && w.request.field_count == 0 && w.done == 0, "%s",
			cases[i]);
		release(&w);
		arena_release(&arena);
	}
}
END_TEST

START_TEST(services_are_told_by_header_fields_and_the_clients_own_are_taken_out)
{
	static const struct {
		const char *request, *name, *value;
	} cases[] = {
		{"GET https://www.youtube.com/\nYouTube-Restrict: none\nyoutube-restrict: x", "youtube-restrict",
			"Strict"},
		{"POST https://youtubei.googleapis.com/youtubei/v1/search", "youtube-restrict", "Strict"},
		{"GET https://accounts.google.com/signin\nx-googapps-allowed-domains: gmail.com",
			"x-googapps-allowed-domains", "a.example,b.example"},
		{"GET https://mail.google.com/mail", "x-googapps-allowed-domains", "a.example,b.example"},
		{"GET https://login.microsoftonline.com/common/oauth2\nRestrict-Access-To-Tenants: *",
			"restrict-access-to-tenants", "a.example,0000-11"},
		{"GET https://login.windows.net/x", "restrict-access-context", "2222-33"},
		{"GET https://login.live.com/oauth20", "sec-restrict-tenant-access-policy", "restrict-msa"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		unsigned found = 0;
		struct world w;

		apply(&w, ALL, cases[i].request);
		for (size_t f = 0; f < w.request.field_count; f++) {
			if (!slice_eq_nocase(w.request.fields[f].name, slice_of(cases[i].name)))
				continue;
			assert_slice(w.request.fields[f].value, cases[i].value);
			found++;
		}
		ck_assert_msg(found == 1, "%u of %s", found, cases[i].name);
		ck_assert_uint_ne(w.done, 0);
		release(&w);
	}
}
END_TEST

START_TEST(without_settings_nothing_is_changed)
{
	struct world w;

	apply(&w, "", "GET https://www.google.com/search?q=cat&safe=off\nX-GoogApps-Allowed-Domains: x");
	assert_slice(w.request.path, "/search?q=cat&safe=off");
	ck_assert_uint_eq(w.request.field_count, 1);
	ck_assert_uint_eq(w.done, 0);
	release(&w);
}
END_TEST

START_TEST(names_that_could_not_be_sent_are_refused)
{
	static const struct {
		const char *settings, *problem;
	} cases[] = {
		{"enforce { google_domains \"a.example,b.example\" }", "google_domains"},
		{"enforce { google_domains \"a b\" }", "is no name"},
		{"enforce { microsoft_tenants a.example }", "need each other"},
		{"enforce { microsoft_context 1-2 }", "need each other"},
		{"enforce { microsoft_tenants a.example\n microsoft_context \"1;2\" }", "microsoft_context"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct problems problems = {0};
		struct conf *conf;
		const char *text;

		conf = conf_from(cases[i].settings);
		ck_assert_ptr_null(enforce_new(conf, &problems));
		conf_release(conf);
		text = problems_text(&problems);
		ck_assert_msg(strstr(text, cases[i].problem), "%s: %s", cases[i].settings, text);
	}
}
END_TEST

UNIT_SUITE(enforce, "enforce", searches_are_asked_for_safely_however_they_are_written,
	everything_else_is_left_as_it_was, services_are_told_by_header_fields_and_the_clients_own_are_taken_out,
	without_settings_nothing_is_changed, names_that_could_not_be_sent_are_refused)
