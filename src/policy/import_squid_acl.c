/* The acls of squid.conf as they are read: each type with how its values become ours.  See import_squid.h. */
#include "policy/import_squid.h"

#include <stdio.h>

static bool
read_network(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	if (slice_eq(value, SLICE("all")))
		value = SLICE("::/0");
	return import_networks(&s->import, &acl->values, "", value);
}

static bool
read_plain(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	if (!import_is_word(value))
		return false;
	import_add(&s->import, &acl->values, value);
	return true;
}

static bool
read_user(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	return !slice_eq(value, SLICE("REQUIRED")) && read_plain(s, acl, value, ignore_case);
}

/* .example.org is the name itself and all below it; none is a ClientHello without a name. */
static bool
read_domain(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	if (slice_eq(value, SLICE("none")))
		return false;
	if (!slice_starts_with(value, SLICE(".")))
		return read_plain(s, acl, value, ignore_case);
	value = slice_sub(value, 1, value.len);
	if (!import_is_word(value))
		return false;
	import_addf(&s->import, &acl->values, "%.*s *.%.*s", SLICE_ARG(value), SLICE_ARG(value));
	return true;
}

static bool
add_pattern(struct squid *s, struct squid_acl *acl, const char *prefix, struct slice pattern, bool ignore_case)
{
	struct slice text = import_pattern(&s->import, prefix, pattern, ignore_case);

	if (text.len)
		import_add(&s->import, &acl->values, text);
	return text.len > 0;
}

static bool
read_pattern(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	return add_pattern(s, acl, "", value, ignore_case);
}

/* A colon of the text itself, rather than of "(?:" or "[:alpha:]". */
static bool
has_colon(struct slice pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] == ':' && (i == 0 || !strchr("?[", pattern.ptr[i - 1])) &&
			(i + 1 == pattern.len || pattern.ptr[i + 1] != ']'))
			return true;
	return false;
}

/* Over "scheme://host:port/path": ours see the host, or host and path, and neither scheme nor port. */
static bool
read_url_pattern(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	static const char *const schemes[] = {"^http://", "^https://", "^https?://", "^https*://", "^http(s)?://",
		"^(http|https)://", "^https{0,1}://", "^.*://", "://"};
	struct slice behind = value;

	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && behind.len == value.len; i++)
		if (slice_starts_with(value, slice_of(schemes[i])))
			behind = slice_sub(value, strlen(schemes[i]), value.len);
	if (has_colon(behind))
		return false;
	if (behind.len < value.len)
		return add_pattern(s, acl, "^", behind, ignore_case);
	if (slice_starts_with(value, SLICE("^")))
		return false;
	if (slice_find(value, '/') < value.len)
		return add_pattern(s, acl, "", value, ignore_case);
	/* It may match the host, the path, or from one into the other. */
	return add_pattern(s, acl, "", value, ignore_case) && add_pattern(s, acl, "/?", value, ignore_case);
}

static bool
read_path_pattern(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	if (slice_starts_with(value, SLICE("^/")))
		return add_pattern(s, acl, "^[^/]*/", slice_sub(value, 2, value.len), ignore_case);
	return !slice_starts_with(value, SLICE("^")) && add_pattern(s, acl, "/.*", value, ignore_case);
}

/* Intercepted TLS is what an explicit client would ask for with CONNECT.  Squid defines the acl CONNECT by itself, and
 * its users once more. */
static bool
read_connect(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	return slice_eq(value, SLICE("CONNECT"));
}

static const struct squid_acl_type type_connect = {"method", SQUID_ACL_VALUES, "protocol", read_connect};

static bool
read_method(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	if (!slice_eq(value, SLICE("CONNECT")))
		return read_plain(s, acl, value, ignore_case);
	if (acl->values.count)
		return false;
	acl->type = &type_connect;
	import_add(&s->import, &acl->values, SLICE("tls"));
	return true;
}

static bool
read_protocol(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	bool is_http = slice_eq_nocase(value, SLICE("HTTP"));

	if (!is_http && !slice_eq_nocase(value, SLICE("HTTPS")))
		return false;
	import_add(&s->import, &acl->values, is_http ? SLICE("http") : SLICE("tls"));
	return true;
}

static bool
read_header_pattern(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	if (acl->header.len)
		return add_pattern(s, acl, "", value, true);
	if (!import_is_name(value))
		return false;
	acl->header = value;
	return true;
}

/* Days as letters, then spans; a value at a time, so days wait in front of their span. */
static bool
read_time(struct squid *s, struct squid_acl *acl, struct slice value, bool ignore_case)
{
	static const struct {
		char letter;
		const char *day;
	} days[] = {{'S', "sun"}, {'M', "mon"}, {'T', "tue"}, {'W', "wed"}, {'H', "thu"}, {'F', "fri"}, {'A', "sat"},
		{'D', "mon-fri"}};
	char text[64] = "";

	if (!import_is_word(value))
		return false;
	if (ascii_is_digit(value.ptr[0])) {
		size_t dash = slice_find(value, '-');
		struct slice from = slice_sub(value, 0, dash), to = slice_sub(value, dash + 1, value.len);

		if (from.len < 4 || from.len > 5 || to.len < 4 || to.len > 5)
			return false;
		if (acl->values.count == 0 || slice_eq(acl->values.last->text, SLICE("\n   ")))
			import_add(&s->import, &acl->values, SLICE("daily"));
		import_addf(&s->import, &acl->values, "%s%.*s-%s%.*s", from.len == 4 ? "0" : "", SLICE_ARG(from),
			to.len == 4 ? "0" : "", SLICE_ARG(to));
		return true;
	}
	for (size_t i = 0; i < value.len; i++) {
		size_t d = 0;

		while (d < 8 && days[d].letter != value.ptr[i])
			d++;
		if (d == 8 || i > 7)
			return false;
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? "," : "", days[d].day);
	}
	import_addf(&s->import, &acl->values, "%s", text);
	return true;
}

static const struct squid_acl_type acl_types[] = {
	{"src", SQUID_ACL_GROUP, "net", read_network},
	{"arp", SQUID_ACL_GROUP, "mac", read_plain},
	{"proxy_auth", SQUID_ACL_GROUP, "user", read_user},
	{"ident", SQUID_ACL_GROUP, "user", read_user},
	{"dst", SQUID_ACL_VALUES, "destination", read_network},
	{"dstdomain", SQUID_ACL_VALUES, "site", read_domain},
	{"ssl::server_name", SQUID_ACL_VALUES, "site", read_domain},
	{"dstdom_regex", SQUID_ACL_VALUES, "site", read_pattern},
	{"ssl::server_name_regex", SQUID_ACL_VALUES, "site", read_pattern},
	{"url_regex", SQUID_ACL_VALUES, "site", read_url_pattern},
	{"urlpath_regex", SQUID_ACL_VALUES, "site", read_path_pattern},
	{"port", SQUID_ACL_VALUES, "port", read_plain},
	{"method", SQUID_ACL_VALUES, "method", read_method},
	{"proto", SQUID_ACL_VALUES, "protocol", read_protocol},
	{"browser", SQUID_ACL_VALUES, "header User-Agent", read_pattern},
	{"referer_regex", SQUID_ACL_VALUES, "header Referer", read_pattern},
	{"req_mime_type", SQUID_ACL_VALUES, "header Content-Type", read_pattern},
	{"req_header", SQUID_ACL_VALUES, "header", read_header_pattern},
	{"time", SQUID_ACL_TIME, "during", read_time},
	{"at_step", SQUID_ACL_STEP, "", read_plain},
};
static const struct squid_acl_type type_all = {"all", SQUID_ACL_ALL, "", NULL};
static const struct squid_acl_type type_unknown = {"", SQUID_ACL_UNKNOWN, "", NULL};

struct squid_acl *
squid_acl_find(struct squid *s, struct slice name)
{
	for (size_t i = 0; i < s->acl_count; i++)
		if (slice_eq(s->acls[i].name, name))
			return &s->acls[i];
	return NULL;
}

static struct squid_acl *
add_acl(struct squid *s, struct slice name, const struct squid_acl_type *type)
{
	struct squid_acl *acl;

	if (s->acl_count == SQUID_ACLS_MAX)
		return NULL;
	acl = &s->acls[s->acl_count++];
	*acl = (struct squid_acl){.name = name, .type = type};
	return acl;
}

void
squid_acls_add_builtins(struct squid *s)
{
	struct squid_acl *acl;

	add_acl(s, SLICE("all"), &type_all);
	acl = add_acl(s, SLICE("localhost"), &acl_types[0]);
	import_add(&s->import, &acl->values, SLICE("127.0.0.1"));
	import_add(&s->import, &acl->values, SLICE("::1"));
	acl = add_acl(s, SLICE("to_localhost"), &acl_types[4]);
	import_add(&s->import, &acl->values, SLICE("127.0.0.0/8"));
	import_add(&s->import, &acl->values, SLICE("0.0.0.0"));
	import_add(&s->import, &acl->values, SLICE("::1"));
	import_add(&s->import, &acl->values, SLICE("::"));
	acl = add_acl(s, SLICE("to_linklocal"), &acl_types[4]);
	import_add(&s->import, &acl->values, SLICE("169.254.0.0/16"));
	import_add(&s->import, &acl->values, SLICE("fe80::/10"));
	acl = add_acl(s, SLICE("CONNECT"), &type_connect);
	import_add(&s->import, &acl->values, SLICE("tls"));
}

/* "file": names become a list; users and addresses cannot. */
static bool
read_file_value(struct squid *s, struct squid_acl *acl, struct slice path)
{
	if (acl->type->read == read_domain && import_is_path(path)) {
		import_add(&s->import, &acl->files, path);
		return true;
	}
	import_lost(&s->import, "the file %.*s of acl %.*s", SLICE_ARG(path), SLICE_ARG(acl->name));
	return false;
}

/* A value, or a flag; false where it is lost. */
static bool
read_value(struct squid *s, struct squid_acl *acl, struct slice value, bool is_quoted, bool *ignore_case)
{
	if (is_quoted)
		return read_file_value(s, acl, value);
	if (slice_eq(value, SLICE("-i")) || slice_eq(value, SLICE("+i"))) {
		*ignore_case = value.ptr[0] == '-';
		return true;
	}
	if (slice_eq(value, SLICE("-n")))
		return true; /* names are never asked for here */
	if (!slice_starts_with(value, SLICE("-")) && acl->type->read(s, acl, value, *ignore_case))
		return true;
	import_lost(&s->import, "%.*s of acl %.*s", SLICE_ARG(value), SLICE_ARG(acl->name));
	return false;
}

void
squid_acl_read(struct squid *s, struct slice rest)
{
	struct slice name, type, value;
	bool is_quoted, ignore_case = false;
	struct squid_acl *acl;

	if (!import_word(&rest, &name, &is_quoted) || !import_word(&rest, &type, &is_quoted)) {
		import_lost(&s->import, "an acl without a name or a type");
		return;
	}
	if (!import_is_name(name)) {
		import_lost(&s->import, "an acl with the name %.*s", SLICE_ARG(name));
		return;
	}
	acl = squid_acl_find(s, name);
	if (acl == NULL) {
		size_t t = 0, types = sizeof acl_types / sizeof acl_types[0];

		while (t < types && !slice_eq(slice_of(acl_types[t].name), type))
			t++;
		acl = add_acl(s, name, t < types ? &acl_types[t] : &type_unknown);
		if (acl == NULL) {
			import_lost(&s->import, "more than %d acls", SQUID_ACLS_MAX);
			return;
		}
	}
	if (acl->type->form == SQUID_ACL_UNKNOWN || acl->type->form == SQUID_ACL_ALL) {
		import_lost(&s->import, "acl %.*s of type %.*s", SLICE_ARG(name), SLICE_ARG(type));
		return;
	}
	/* Each line of a time is a line of ours. */
	if (acl->type->form == SQUID_ACL_TIME && acl->values.count)
		import_add(&s->import, &acl->values, SLICE("\n   "));
	while (import_word(&rest, &value, &is_quoted))
		if (!read_value(s, acl, value, is_quoted, &ignore_case))
			acl->lost_line = s->import.line;
}
