/* Safe search, restricted modes, tenants.  See enforce.h. */
#include "proxy/enforce.h"

#include <stdlib.h>

#define VALUE_MAX 4096

struct enforce {
	struct arena arena;
	unsigned wanted;                       /* ENFORCE_BIT()s */
	struct slice values[ENFORCE_MEASURES]; /* of the header field */
	struct slice microsoft_context;
};

/* Hosts: "name" is that one, ".name" it and all below it, "google.*" Google's in every country and all below. */

/* A search engine: a request that carries one of `terms` gets `parameter`. */
struct search_row {
	const char *host;
	const char *const *terms;
	const char *parameter;
	const char *value;
	bool also_posts; /* the search terms may come in a form */
};

static const char *const google_terms[] = {"q", "as_q", "as_epq", "as_oq", NULL};
static const char *const common_terms[] = {"q", NULL};

static const struct search_row searches[] = {
	{"google.*", google_terms, "safe", "active", false},
	{".bing.com", common_terms, "adlt", "strict", false},
	{".duckduckgo.com", common_terms, "kp", "1", true},
};

/* A service that reads a header field. */
struct header_row {
	enum enforce_measure measure;
	const char *host;
	const char *name;
	bool https_only; /* names of tenants are nobody's business on the way */
};

static const struct header_row headers[] = {
	{ENFORCE_YOUTUBE, "www.youtube.com", "YouTube-Restrict", false},
	{ENFORCE_YOUTUBE, "m.youtube.com", "YouTube-Restrict", false},
	{ENFORCE_YOUTUBE, "youtube.com", "YouTube-Restrict", false},
	{ENFORCE_YOUTUBE, "music.youtube.com", "YouTube-Restrict", false},
	{ENFORCE_YOUTUBE, "www.youtube-nocookie.com", "YouTube-Restrict", false},
	{ENFORCE_YOUTUBE, "youtubei.googleapis.com", "YouTube-Restrict", false},
	{ENFORCE_YOUTUBE, "youtube.googleapis.com", "YouTube-Restrict", false},
	{ENFORCE_GOOGLE_TENANTS, "google.*", "X-GoogApps-Allowed-Domains", true},
	{ENFORCE_GOOGLE_TENANTS, ".gmail.com", "X-GoogApps-Allowed-Domains", true},
	{ENFORCE_MICROSOFT_TENANTS, "login.microsoftonline.com", "Restrict-Access-To-Tenants", true},
	{ENFORCE_MICROSOFT_TENANTS, "login.microsoft.com", "Restrict-Access-To-Tenants", true},
	{ENFORCE_MICROSOFT_TENANTS, "login.windows.net", "Restrict-Access-To-Tenants", true},
	{ENFORCE_MICROSOFT_PERSONAL, "login.live.com", "sec-Restrict-Tenant-Access-Policy", true},
};

#define MICROSOFT_CONTEXT "Restrict-Access-Context"
#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

struct slice
enforce_measure_name(enum enforce_measure measure)
{
	static const char *const names[ENFORCE_MEASURES] = {
		[ENFORCE_SAFE_SEARCH] = "safe-search",
		[ENFORCE_YOUTUBE] = "youtube",
		[ENFORCE_GOOGLE_TENANTS] = "google-domains",
		[ENFORCE_MICROSOFT_TENANTS] = "microsoft-tenants",
		[ENFORCE_MICROSOFT_PERSONAL] = "microsoft-personal",
	};

	return slice_of(names[measure]);
}

/* ---- preparation ---- */

/* Domains and directory ids: nothing that could end a header field or be read as two names. */
static bool
is_name(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = ascii_lower(text.ptr[i]);

		if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '.' && c != '_')
			return false;
	}
	return text.len > 0 && text.len <= 253;
}

static bool
check_name(const char *name, const char *setting, struct problems *problems)
{
	if (is_name(slice_of(name)))
		return true;
	problems_add(problems, false, NULL, 0, 0, "write a domain or an id, without commas",
		"enforce { %s }: \"%.60s\" is no name", setting, name);
	return false;
}

/* The names with commas between them. */
static bool
join(struct enforce *e, enum enforce_measure measure, const struct conf_texts *names, const char *setting,
	struct problems *problems)
{
	char *text;
	size_t n = 0;

	if (names->count == 0)
		return true;
	text = arena_alloc(&e->arena, VALUE_MAX);
	for (size_t i = 0; i < names->count && text; i++) {
		size_t len = strlen(names->items[i]);

		if (!check_name(names->items[i], setting, problems))
			return false;
		if (n + len + 1 > VALUE_MAX) {
			problems_add(problems, false, NULL, 0, 0, "name fewer", "enforce { %s } is too long", setting);
			return false;
		}
		if (i > 0)
			text[n++] = ',';
		memcpy(text + n, names->items[i], len);
		n += len;
	}
	e->values[measure] = slice_make(text, n);
	e->wanted |= ENFORCE_BIT(measure);
	return text != NULL;
}

static bool
prepare(struct enforce *e, const struct conf *conf, struct problems *problems)
{
	if (conf->enforce.safe_search)
		e->wanted |= ENFORCE_BIT(ENFORCE_SAFE_SEARCH);
	if (conf->enforce.youtube != CONF_YOUTUBE_OFF) {
		e->wanted |= ENFORCE_BIT(ENFORCE_YOUTUBE);
		e->values[ENFORCE_YOUTUBE] =
			conf->enforce.youtube == CONF_YOUTUBE_STRICT ? SLICE("Strict") : SLICE("Moderate");
	}
	if (!conf->enforce.microsoft_personal) {
		e->wanted |= ENFORCE_BIT(ENFORCE_MICROSOFT_PERSONAL);
		e->values[ENFORCE_MICROSOFT_PERSONAL] = SLICE("restrict-msa");
	}
	if (conf->enforce.microsoft_context) {
		e->microsoft_context = slice_of(conf->enforce.microsoft_context);
		if (!check_name(conf->enforce.microsoft_context, "microsoft_context", problems))
			return false;
	}
	if ((conf->enforce.microsoft_context != NULL) != (conf->enforce.microsoft_tenants.count > 0)) {
		problems_add(problems, false, NULL, 0, 0, "write both, or neither",
			"enforce: microsoft_tenants and microsoft_context need each other");
		return false;
	}
	return join(e, ENFORCE_GOOGLE_TENANTS, &conf->enforce.google_domains, "google_domains", problems) &&
	       join(e, ENFORCE_MICROSOFT_TENANTS, &conf->enforce.microsoft_tenants, "microsoft_tenants", problems);
}

struct enforce *
enforce_new(const struct conf *conf, struct problems *problems)
{
	struct enforce *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->arena = arena_make(64 * 1024);
	e->microsoft_context = SLICE_EMPTY;
	if (prepare(e, conf, problems))
		return e;
	enforce_free(e);
	return NULL;
}

void
enforce_free(struct enforce *e)
{
	if (e == NULL)
		return;
	arena_release(&e->arena);
	free(e);
}

/* ---- hosts ---- */

/* The domain itself, or something below it. */
static bool
is_within(struct slice host, struct slice domain)
{
	return slice_ends_with(host, domain) && (host.len == domain.len || host.ptr[host.len - domain.len - 1] == '.');
}

/* google.TLD, google.co.TLD and google.com.TLD, and all below them. */
static bool
is_google(struct slice host)
{
	struct slice rest = host, label, last[4] = {{"", 0}};
	size_t count = 0;

	while (rest.len > 0 && slice_split(&rest, '.', &label)) {
		memmove(last, last + 1, 3 * sizeof last[0]);
		last[3] = label;
		count++;
	}
	if (count >= 2 && slice_eq(last[2], SLICE("google")))
		return last[3].len >= 2 && last[3].len <= 3;
	return count >= 3 && slice_eq(last[1], SLICE("google")) && last[3].len == 2 &&
	       (slice_eq(last[2], SLICE("co")) || slice_eq(last[2], SLICE("com")));
}

static bool
host_matches(struct slice host, const char *pattern)
{
	if (strcmp(pattern, "google.*") == 0)
		return is_google(host);
	if (pattern[0] == '.')
		return is_within(host, slice_of(pattern + 1));
	return slice_eq(host, slice_of(pattern));
}

/* ---- parameters ---- */

/* The next byte of an encoded name: "%73" is "s", "+" a space (URL standard, section 5.1). */
static char
decode_next(struct slice *rest)
{
	char c = rest->ptr[0];
	size_t used = 1;

	if (c == '+')
		c = ' ';
	if (c == '%' && rest->len >= 3) {
		int high = ascii_hex_value(rest->ptr[1]), low = ascii_hex_value(rest->ptr[2]);

		if (high >= 0 && low >= 0) {
			c = (char)(high * 16 + low);
			used = 3;
		}
	}
	*rest = slice_sub(*rest, used, rest->len);
	return c;
}

/* Whether "NAME=value" has this name, however it is written. */
static bool
parameter_is(struct slice parameter, const char *name)
{
	struct slice rest = slice_sub(parameter, 0, slice_find(parameter, '='));

	for (; rest.len > 0; name++)
		if (*name == '\0' || ascii_lower(decode_next(&rest)) != *name)
			return false;
	return *name == '\0';
}

static bool
query_has(struct slice query, const char *const *names)
{
	struct slice parameter;

	while (query.len > 0 && slice_split(&query, '&', &parameter))
		for (size_t i = 0; names[i]; i++)
			if (parameter_is(parameter, names[i]))
				return true;
	return false;
}

/* path?query with every `name` taken out and name=value at the end. */
static bool
set_parameter(struct http_message *request, const char *name, const char *value)
{
	size_t mark = slice_find(request->path, '?');
	struct slice query = slice_sub(request->path, mark + 1, request->path.len), parameter;
	size_t room = request->path.len + strlen(name) + strlen(value) + 3, n = mark;
	char *path = arena_alloc(request->arena, room);

	if (path == NULL)
		return false;
	memcpy(path, request->path.ptr, mark);
	path[n++] = '?';
	while (query.len > 0 && slice_split(&query, '&', &parameter)) {
		if (parameter_is(parameter, name))
			continue;
		if (parameter.len)
			memcpy(path + n, parameter.ptr, parameter.len);
		n += parameter.len;
		path[n++] = '&';
	}
	memcpy(path + n, name, strlen(name));
	n += strlen(name);
	path[n++] = '=';
	memcpy(path + n, value, strlen(value));
	request->path = slice_make(path, n + strlen(value));
	return true;
}

static bool
enforce_search(struct slice host, struct http_message *request, unsigned *done)
{
	struct slice query = slice_sub(request->path, slice_find(request->path, '?') + 1, request->path.len);

	for (size_t i = 0; i < COUNT(searches); i++) {
		const struct search_row *row = &searches[i];

		if (!host_matches(host, row->host))
			continue;
		if (!query_has(query, row->terms) && !(row->also_posts && request->method == HTTP_METHOD_POST))
			return true;
		*done |= ENFORCE_BIT(ENFORCE_SAFE_SEARCH);
		return set_parameter(request, row->parameter, row->value);
	}
	return true;
}

/* ---- header fields ---- */

static void
remove_named(struct http_message *m, struct slice name)
{
	size_t kept = 0;

	for (size_t i = 0; i < m->field_count; i++)
		if (!slice_eq_nocase(m->fields[i].name, name))
			m->fields[kept++] = m->fields[i];
	m->field_count = kept;
}

static bool
set_field(struct http_message *m, const char *name, struct slice value)
{
	remove_named(m, slice_of(name));
	return http_message_add(m, slice_of(name), value);
}

static bool
enforce_headers(const struct enforce *e, struct slice host, struct http_message *request, unsigned *done)
{
	bool is_https = slice_eq(request->scheme, SLICE("https"));

	for (size_t i = 0; i < COUNT(headers); i++) {
		const struct header_row *row = &headers[i];

		if (!(e->wanted & ENFORCE_BIT(row->measure)) || (row->https_only && !is_https) ||
			!host_matches(host, row->host))
			continue;
		*done |= ENFORCE_BIT(row->measure);
		if (!set_field(request, row->name, e->values[row->measure]))
			return false;
		if (row->measure == ENFORCE_MICROSOFT_TENANTS &&
			!set_field(request, MICROSOFT_CONTEXT, e->microsoft_context))
			return false;
	}
	return true;
}

bool
enforce_request(const struct enforce *e, struct slice host, struct http_message *request, unsigned *done)
{
	*done = 0;
	if (e->wanted == 0)
		return true;
	if ((e->wanted & ENFORCE_BIT(ENFORCE_SAFE_SEARCH)) && !enforce_search(host, request, done))
		return false;
	return enforce_headers(e, host, request, done);
}
