/* Search engines and their parameters.  See search_terms.h. */
#include "classify/search_terms.h"

#include "base/form.h"
#include "classify/text_normal.h"

/* A host matches where it is `host`, or ends in "." and `host`; with is_worldwide, `host` and any one or two labels
 * behind it
 * ("google" is www.google.de and google.co.uk). */
static const struct engine {
	struct slice host;
	bool is_worldwide;
	struct slice path; /* a prefix */
	struct slice parameter;
} engines[] = {
	{{"google", 6}, true, {"/search", 7}, {"q", 1}},
	{{"google", 6}, true, {"/webhp", 6}, {"q", 1}},
	{{"google", 6}, true, {"/complete/search", 16}, {"q", 1}},
	{{"bing.com", 8}, false, {"/", 1}, {"q", 1}},
	{{"duckduckgo.com", 14}, false, {"/", 1}, {"q", 1}},
	{{"search.yahoo.com", 16}, false, {"/", 1}, {"p", 1}},
	{{"search.yahoo.co.jp", 18}, false, {"/", 1}, {"p", 1}},
	{{"yandex", 6}, true, {"/", 1}, {"text", 4}},
	{{"ya.ru", 5}, false, {"/", 1}, {"text", 4}},
	{{"baidu.com", 9}, false, {"/s", 2}, {"wd", 2}},
	{{"baidu.com", 9}, false, {"/", 1}, {"word", 4}},
	{{"youtube.com", 11}, false, {"/results", 8}, {"search_query", 12}},
	{{"ecosia.org", 10}, false, {"/", 1}, {"q", 1}},
	{{"startpage.com", 13}, false, {"/", 1}, {"query", 5}},
	{{"qwant.com", 9}, false, {"/", 1}, {"q", 1}},
	{{"search.brave.com", 16}, false, {"/", 1}, {"q", 1}},
	{{"kagi.com", 8}, false, {"/search", 7}, {"q", 1}},
	{{"mojeek.com", 10}, false, {"/search", 7}, {"q", 1}},
	{{"ask.com", 7}, false, {"/", 1}, {"q", 1}},
	{{"search.aol.com", 14}, false, {"/", 1}, {"q", 1}},
	{{"search.naver.com", 16}, false, {"/", 1}, {"query", 5}},
	{{"search.seznam.cz", 16}, false, {"/", 1}, {"q", 1}},
	{{"sogou.com", 9}, false, {"/", 1}, {"query", 5}},
	{{"wikipedia.org", 13}, false, {"/", 1}, {"search", 6}},
	{{"amazon", 6}, true, {"/s", 2}, {"k", 1}},
	{{"ebay", 4}, true, {"/sch", 4}, {"_nkw", 4}},
	{{"reddit.com", 10}, false, {"/", 1}, {"q", 1}},
	{{"x.com", 5}, false, {"/search", 7}, {"q", 1}},
	{{"twitter.com", 11}, false, {"/search", 7}, {"q", 1}},
	{{"tiktok.com", 10}, false, {"/search", 7}, {"q", 1}},
	{{"pinterest.com", 13}, false, {"/search", 7}, {"q", 1}},
	{{"facebook.com", 12}, false, {"/search", 7}, {"q", 1}},
	{{"github.com", 10}, false, {"/search", 7}, {"q", 1}},
};

/* host is the name, or below it. */
static bool
is_below(struct slice host, struct slice name)
{
	return slice_ends_with(host, name) && (host.len == name.len || host.ptr[host.len - name.len - 1] == '.');
}

static bool
host_matches(const struct engine *e, struct slice host)
{
	if (!e->is_worldwide)
		return is_below(host, e->host);
	/* One or two labels behind the name: "com", "de", "co.uk". */
	for (int labels = 1; labels <= 2; labels++) {
		size_t dot = host.len;

		while (dot > 0 && host.ptr[dot - 1] != '.')
			dot--;
		if (dot == 0 || host.len - dot > 3)
			return false;
		host = slice_sub(host, 0, dot - 1);
		if (is_below(host, e->host))
			return true;
	}
	return false;
}

bool
search_terms_find(struct slice host, struct slice path, struct slice query, char *dst, size_t size, struct slice *out)
{
	for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++) {
		struct slice value;

		if (!host_matches(&engines[i], host) || !slice_starts_with(path, engines[i].path))
			continue;
		value = form_find(query, engines[i].parameter);
		if (value.ptr == NULL)
			continue;
		*out = form_decode(value, dst, size < SEARCH_TERMS_MAX ? size : SEARCH_TERMS_MAX);
		return true;
	}
	return false;
}

bool
search_terms_find_in_url(struct slice host, struct slice url_path, char *dst, size_t size, struct slice *out)
{
	size_t question = slice_find(url_path, '?');

	return question < url_path.len && search_terms_find(host, slice_sub(url_path, 0, question),
						  slice_sub(url_path, question + 1, url_path.len), dst, size, out);
}

bool
search_terms_takes_form(struct slice host, struct slice path)
{
	for (size_t i = 0; i < sizeof engines / sizeof engines[0]; i++)
		if (host_matches(&engines[i], host) && slice_starts_with(path, engines[i].path))
			return true;
	return false;
}

struct collected {
	char *dst;
	size_t size, len;
};

static bool
collect(void *context, struct slice text)
{
	struct collected *c = context;
	size_t n = text.len < c->size - c->len ? text.len : c->size - c->len;

	memcpy(c->dst + c->len, text.ptr, n);
	c->len += n;
	return n == text.len;
}

struct slice
search_terms_normal(struct slice terms, char *dst, size_t size)
{
	struct collected c = {dst, size, 0};
	struct text_normal n;

	text_normal_start(&n);
	if (text_normal_push(&n, terms, collect, &c))
		text_normal_finish(&n, collect, &c);
	return slice_trim(slice_make(dst, c.len));
}
