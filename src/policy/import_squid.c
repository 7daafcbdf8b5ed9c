/* squid.conf: acl, http_access and ssl_bump.  See import.h.
 *
 * Squid asks two lists: http_access whether a request may go, ssl_bump whether its TLS is opened.  Ours is one list,
 * so in front of each `allow` stand the ssl_bump rules, narrowed to what is allowed there. */
#include "policy/import_text.h"

#include <stdio.h>
#include <stdlib.h>

#define ACLS_MAX 4096
#define RULES_MAX 4096
#define RULE_ACLS_MAX 32
#define EXPANSION_MAX 32 /* rules made of one, where an acl has several forms */

enum acl_form {
	ACL_GROUP,  /* becomes a group: src, arp, users */
	ACL_TIME,   /* becomes a time */
	ACL_VALUES, /* becomes a condition */
	ACL_ALL,
	ACL_STEP, /* at_step: always holds here */
	ACL_UNKNOWN,
};

struct acl_type;

struct acl {
	struct slice name;
	const struct acl_type *type;
	struct import_texts values; /* of a group: its members; of a time: its lines */
	struct import_texts files;  /* files of names: each becomes a list */
	struct slice header;        /* of req_header: the field */
	unsigned lost_line;         /* where a value was lost; 0: nowhere */
	bool is_used;
};

struct squid {
	struct import import;
	struct acl *acls;
	size_t acl_count;
	struct squid_rule {
		unsigned line;
		bool is_ssl;
		bool is_lost;
		const char *verb;
		struct {
			struct acl *acl;
			bool is_negated;
		} acls[RULE_ACLS_MAX];
		size_t count;
	} * rules;
	size_t rule_count;
	unsigned if_depth;   /* of `if` that were not ended */
	unsigned more_lines; /* that belong to the line before */
};

struct acl_type {
	const char *name;
	enum acl_form form;
	const char *condition; /* of ACL_VALUES; of ACL_GROUP the kind of member */
	/* Reads one value; false where it cannot be carried over. */
	bool (*read)(struct squid *s, struct acl *acl, struct slice value, bool ignore_case);
};

static bool
read_network(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
{
	if (slice_eq(value, SLICE("all")))
		value = SLICE("::/0");
	return import_networks(&s->import, &acl->values, "", value);
}

static bool
read_plain(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
{
	if (!import_is_word(value))
		return false;
	import_add(&s->import, &acl->values, value);
	return true;
}

static bool
read_user(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
{
	return !slice_eq(value, SLICE("REQUIRED")) && read_plain(s, acl, value, ignore_case);
}

/* .example.org is the name itself and all below it; none is a ClientHello without a name. */
static bool
read_domain(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
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
add_pattern(struct squid *s, struct acl *acl, const char *prefix, struct slice pattern, bool ignore_case)
{
	struct slice text = import_pattern(&s->import, prefix, pattern, ignore_case);

	if (text.len)
		import_add(&s->import, &acl->values, text);
	return text.len > 0;
}

static bool
read_pattern(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
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
read_url_pattern(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
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
read_path_pattern(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
{
	if (slice_starts_with(value, SLICE("^/")))
		return add_pattern(s, acl, "^[^/]*/", slice_sub(value, 2, value.len), ignore_case);
	return !slice_starts_with(value, SLICE("^")) && add_pattern(s, acl, "/.*", value, ignore_case);
}

/* Intercepted TLS is what an explicit client would ask for with CONNECT.  Squid defines the acl CONNECT by itself, and
 * its users once more. */
static bool
read_connect(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
{
	return slice_eq(value, SLICE("CONNECT"));
}

static const struct acl_type type_connect = {"method", ACL_VALUES, "protocol", read_connect};

static bool
read_method(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
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
read_protocol(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
{
	bool is_http = slice_eq_nocase(value, SLICE("HTTP"));

	if (!is_http && !slice_eq_nocase(value, SLICE("HTTPS")))
		return false;
	import_add(&s->import, &acl->values, is_http ? SLICE("http") : SLICE("tls"));
	return true;
}

static bool
read_header_pattern(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
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
read_time(struct squid *s, struct acl *acl, struct slice value, bool ignore_case)
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

static const struct acl_type acl_types[] = {
	{"src", ACL_GROUP, "net", read_network},
	{"arp", ACL_GROUP, "mac", read_plain},
	{"proxy_auth", ACL_GROUP, "user", read_user},
	{"ident", ACL_GROUP, "user", read_user},
	{"dst", ACL_VALUES, "destination", read_network},
	{"dstdomain", ACL_VALUES, "site", read_domain},
	{"ssl::server_name", ACL_VALUES, "site", read_domain},
	{"dstdom_regex", ACL_VALUES, "site", read_pattern},
	{"ssl::server_name_regex", ACL_VALUES, "site", read_pattern},
	{"url_regex", ACL_VALUES, "site", read_url_pattern},
	{"urlpath_regex", ACL_VALUES, "site", read_path_pattern},
	{"port", ACL_VALUES, "port", read_plain},
	{"method", ACL_VALUES, "method", read_method},
	{"proto", ACL_VALUES, "protocol", read_protocol},
	{"browser", ACL_VALUES, "header User-Agent", read_pattern},
	{"referer_regex", ACL_VALUES, "header Referer", read_pattern},
	{"req_mime_type", ACL_VALUES, "header Content-Type", read_pattern},
	{"req_header", ACL_VALUES, "header", read_header_pattern},
	{"time", ACL_TIME, "during", read_time},
	{"at_step", ACL_STEP, "", read_plain},
};
static const struct acl_type type_all = {"all", ACL_ALL, "", NULL};
static const struct acl_type type_unknown = {"", ACL_UNKNOWN, "", NULL};

static struct acl *
find_acl(struct squid *s, struct slice name)
{
	for (size_t i = 0; i < s->acl_count; i++)
		if (slice_eq(s->acls[i].name, name))
			return &s->acls[i];
	return NULL;
}

static struct acl *
add_acl(struct squid *s, struct slice name, const struct acl_type *type)
{
	struct acl *acl;

	if (s->acl_count == ACLS_MAX)
		return NULL;
	acl = &s->acls[s->acl_count++];
	*acl = (struct acl){.name = name, .type = type};
	return acl;
}

/* What Squid defines by itself. */
static void
add_builtins(struct squid *s)
{
	struct acl *acl;

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
read_file_value(struct squid *s, struct acl *acl, struct slice path)
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
read_value(struct squid *s, struct acl *acl, struct slice value, bool is_quoted, bool *ignore_case)
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

static void
read_acl(struct squid *s, struct slice rest)
{
	struct slice name, type, value;
	bool is_quoted, ignore_case = false;
	struct acl *acl;

	if (!import_word(&rest, &name, &is_quoted) || !import_word(&rest, &type, &is_quoted)) {
		import_lost(&s->import, "an acl without a name or a type");
		return;
	}
	if (!import_is_name(name)) {
		import_lost(&s->import, "an acl with the name %.*s", SLICE_ARG(name));
		return;
	}
	acl = find_acl(s, name);
	if (acl == NULL) {
		size_t t = 0, types = sizeof acl_types / sizeof acl_types[0];

		while (t < types && !slice_eq(slice_of(acl_types[t].name), type))
			t++;
		acl = add_acl(s, name, t < types ? &acl_types[t] : &type_unknown);
		if (acl == NULL) {
			import_lost(&s->import, "more than %d acls", ACLS_MAX);
			return;
		}
	}
	if (acl->type->form == ACL_UNKNOWN || acl->type->form == ACL_ALL) {
		import_lost(&s->import, "acl %.*s of type %.*s", SLICE_ARG(name), SLICE_ARG(type));
		return;
	}
	/* Each line of a time is a line of ours. */
	if (acl->type->form == ACL_TIME && acl->values.count)
		import_add(&s->import, &acl->values, SLICE("\n   "));
	while (import_word(&rest, &value, &is_quoted))
		if (!read_value(s, acl, value, is_quoted, &ignore_case))
			acl->lost_line = s->import.line;
}

static const struct {
	const char *directive;
	const char *action;
	const char *verb; /* "": carried over by what sluice does anyway */
} actions[] = {
	{"http_access", "allow", "inspect"},
	{"http_access", "deny", "block"},
	{"ssl_bump", "splice", "pass"},
	{"ssl_bump", "none", "pass"},
	{"ssl_bump", "bump", "inspect"},
	{"ssl_bump", "server-first", "inspect"},
	{"ssl_bump", "client-first", "inspect"},
	{"ssl_bump", "terminate", "block"},
	{"ssl_bump", "peek", ""},
	{"ssl_bump", "stare", ""},
};

static void
read_rule(struct squid *s, struct slice directive, struct slice rest)
{
	struct squid_rule rule = {.line = s->import.line, .is_ssl = slice_eq(directive, SLICE("ssl_bump"))};
	struct slice action = SLICE_EMPTY, name;
	unsigned forms = 1;
	bool is_quoted;

	import_word(&rest, &action, &is_quoted);
	for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
		if (slice_eq(directive, slice_of(actions[i].directive)) &&
			slice_eq(action, slice_of(actions[i].action)))
			rule.verb = actions[i].verb;
	if (rule.verb == NULL || s->rule_count == RULES_MAX) {
		import_lost(&s->import, "%.*s %.*s", SLICE_ARG(directive), SLICE_ARG(action));
		return;
	}
	if (*rule.verb == '\0')
		return; /* the ClientHello is always looked at first */
	while (import_word(&rest, &name, &is_quoted)) {
		bool is_negated = slice_starts_with(name, SLICE("!"));
		struct acl *acl = find_acl(s, slice_sub(name, is_negated, name.len));

		forms *= acl && acl->values.count && acl->files.count && !is_negated ? 2 : 1;
		if (acl == NULL || acl->type->form == ACL_UNKNOWN || rule.count == RULE_ACLS_MAX ||
			forms > EXPANSION_MAX ||
			(acl->values.count + acl->files.count == 0 && acl->type->form != ACL_ALL)) {
			import_lost(&s->import, "%.*s %.*s: the acl %.*s is not there, or was not carried over",
				SLICE_ARG(directive), SLICE_ARG(action), SLICE_ARG(name));
			rule.is_lost = true;
			break;
		}
		rule.acls[rule.count].acl = acl;
		rule.acls[rule.count++].is_negated = is_negated;
	}
	for (size_t i = 0; i < rule.count && !rule.is_lost; i++)
		rule.acls[i].acl->is_used = true;
	s->rules[s->rule_count++] = rule;
}

/* A group of ours is everyone. */
static const char *
group_prefix(const struct acl *acl)
{
	return slice_eq(acl->name, SLICE("everyone")) ? "acl-" : "";
}

static void
write_definitions(struct squid *s)
{
	for (size_t i = 0; i < s->acl_count; i++) {
		const struct acl *acl = &s->acls[i];
		unsigned n = 0;

		if (!acl->is_used)
			continue;
		if (acl->type->form == ACL_GROUP) {
			import_write(&s->import, "group %s%.*s { %s", group_prefix(acl), SLICE_ARG(acl->name),
				acl->type->condition);
			import_write_all(&s->import, &acl->values);
			import_write(&s->import, " }\n");
		} else if (acl->type->form == ACL_TIME) {
			import_write(&s->import, "time %.*s {", SLICE_ARG(acl->name));
			import_write_all(&s->import, &acl->values);
			import_write(&s->import, " }\n");
		}
		/* NAME, NAME1, NAME2...: several files of one category. */
		for (const struct import_text *t = acl->files.first; t; t = t->next, n++)
			import_write(&s->import, "list %.*s%.0u { path \"%.*s\" format plain category %.*s }\n",
				SLICE_ARG(acl->name), n, SLICE_ARG(t->text), SLICE_ARG(acl->name));
	}
}

/* One condition: an acl in one of its forms. */
static void
write_condition(struct squid *s, const struct acl *acl, bool is_negated, bool as_category)
{
	import_write(&s->import, is_negated ? " not " : " ");
	if (as_category)
		import_write(&s->import, "category %.*s", SLICE_ARG(acl->name));
	else if (acl->type->form == ACL_GROUP)
		import_write(&s->import, "client %s%.*s", group_prefix(acl), SLICE_ARG(acl->name));
	else if (acl->type->form == ACL_TIME)
		import_write(&s->import, "during %.*s", SLICE_ARG(acl->name));
	else {
		import_write(&s->import, "%s", acl->type->condition);
		if (acl->header.len)
			import_write(&s->import, " %.*s", SLICE_ARG(acl->header));
		import_write_all(&s->import, &acl->values);
	}
}

/* The acls of a rule; an acl that is both names and a list takes the form that its bit of `forms` says. */
static bool
write_conditions(struct squid *s, const struct squid_rule *rule, const struct acl *group, unsigned *forms)
{
	bool wrote = false;

	for (size_t i = 0; i < rule->count; i++) {
		const struct acl *acl = rule->acls[i].acl;
		bool is_negated = rule->acls[i].is_negated;
		bool has_both = acl->values.count && acl->files.count;

		if ((acl == group && !is_negated) || acl->type->form == ACL_STEP ||
			(acl->type->form == ACL_ALL && !is_negated))
			continue;
		wrote = true;
		if (has_both && is_negated) {
			write_condition(s, acl, true, false);
			write_condition(s, acl, true, true);
			continue;
		}
		write_condition(s, acl, is_negated, has_both ? *forms & 1 : acl->files.count > 0);
		if (has_both)
			*forms >>= 1;
	}
	return wrote;
}

static unsigned
count_forms(const struct squid_rule *rule)
{
	unsigned forms = 1;

	for (size_t i = 0; rule && i < rule->count; i++)
		if (rule->acls[i].acl->values.count && rule->acls[i].acl->files.count && !rule->acls[i].is_negated &&
			forms < EXPANSION_MAX)
			forms *= 2;
	return forms;
}

/* `!all` never holds. */
static bool
is_void(const struct squid_rule *rule)
{
	for (size_t i = 0; rule && i < rule->count; i++)
		if (rule->acls[i].acl->type->form == ACL_ALL && rule->acls[i].is_negated)
			return true;
	return false;
}

/* One of our rules for an http_access rule (NULL: any), narrowed by an ssl_bump rule where there is one. */
static void
write_rule(struct squid *s, const char *verb, const struct squid_rule *access, const struct squid_rule *ssl)
{
	unsigned count = count_forms(access) * count_forms(ssl);
	const struct acl *group = NULL;

	if (is_void(access) || is_void(ssl))
		return;
	for (size_t i = 0; access && i < access->count && group == NULL; i++)
		if (access->acls[i].acl->type->form == ACL_GROUP && !access->acls[i].is_negated)
			group = access->acls[i].acl;
	for (unsigned form = 0; form < count; form++) {
		unsigned forms = form;
		bool wrote = false;

		import_write(&s->import, "    %s %s%.*s", verb, group ? group_prefix(group) : "",
			SLICE_ARG(group ? group->name : SLICE("everyone")));
		if (access)
			wrote |= write_conditions(s, access, group, &forms);
		if (ssl) {
			wrote |= write_conditions(s, ssl, group, &forms);
			import_write(&s->import, " protocol tls");
		}
		import_write(&s->import, "%s\n", wrote || ssl ? "" : " any");
	}
}

static void
write_ssl_rules(struct squid *s, const struct squid_rule *access)
{
	for (size_t i = 0; i < s->rule_count; i++)
		if (s->rules[i].is_ssl && !s->rules[i].is_lost)
			write_rule(s, s->rules[i].verb, access, &s->rules[i]);
}

/* Whether it holds for everything: `all`, and nothing beside it. */
static bool
is_total(const struct squid_rule *rule)
{
	for (size_t i = 0; i < rule->count; i++)
		if (rule->acls[i].acl->type->form != ACL_ALL || rule->acls[i].is_negated)
			return false;
	return true;
}

/* What a reader has to know of the rule that follows. */
static void
write_remark(struct squid *s, const struct squid_rule *rule)
{
	bool lets_through = strcmp(rule->verb, "inspect") == 0;

	import_write(&s->import, "    # line %u%s\n", rule->line, rule->is_lost ? " was not carried over" : "");
	for (size_t i = 0; i < rule->count && !rule->is_lost; i++) {
		const struct acl *acl = rule->acls[i].acl;

		if (acl->lost_line)
			import_write(&s->import, "    # without what acl %.*s lost in line %u\n", SLICE_ARG(acl->name),
				acl->lost_line);
		/* Where that lets more through than Squid did. */
		if (acl->files.count && lets_through != rule->acls[i].is_negated)
			import_lost_at(&s->import, rule->line,
				"that a name in the files of acl %.*s counts for itself alone: a list has all that is "
				"below its names",
				SLICE_ARG(acl->name));
	}
}

static void
write_rules(struct squid *s)
{
	const struct squid_rule *last = NULL;

	import_write(&s->import, "\npolicy {\n");
	for (size_t i = 0; i < s->rule_count; i++) {
		const struct squid_rule *rule = &s->rules[i];

		if (rule->is_ssl)
			continue;
		last = rule;
		write_remark(s, rule);
		if (rule->is_lost)
			continue;
		if (strcmp(rule->verb, "inspect") == 0)
			write_ssl_rules(s, rule);
		write_rule(s, rule->verb, rule, NULL);
	}
	if (last == NULL) {
		import_lost_at(&s->import, 0, "that Squid refuses everything where there is no http_access");
		write_ssl_rules(s, NULL);
	}
	/* At the end of its list Squid does the opposite of the last line. */
	if (last == NULL || last->is_lost || !is_total(last))
		import_write(&s->import, "    %s everyone any\n",
			last && strcmp(last->verb, "inspect") == 0 ? "block" : "inspect");
	import_write(&s->import, "}\n");
}

static struct slice
trim(struct slice line)
{
	if (slice_ends_with(line, SLICE("\r")))
		line.len--;
	return slice_trim(line);
}

/* The next line, with those that are continued by a backslash at their ends; false at the end. */
static bool
next_line(struct squid *s, struct slice *text, struct slice *line)
{
	struct slice more;

	s->import.line += s->more_lines + 1;
	s->more_lines = 0;
	if (!slice_split(text, '\n', line))
		return false;
	*line = trim(*line);
	while (slice_ends_with(*line, SLICE("\\")) && slice_split(text, '\n', &more)) {
		*line = arena_printf(
			&s->import.arena, "%.*s %.*s", (int)line->len - 1, line->ptr, SLICE_ARG(trim(more)));
		s->more_lines++;
		if (line->ptr == NULL) {
			s->import.failed = true;
			return false;
		}
	}
	return true;
}

/* Whether `if` holds is for Squid to say: nothing between it and its endif is carried over. */
static bool
is_conditional(struct squid *s, struct slice word)
{
	bool is_inside = s->if_depth > 0;

	if (slice_eq(word, SLICE("if")))
		s->if_depth++;
	else if (slice_eq(word, SLICE("endif")) && is_inside)
		s->if_depth--;
	return is_inside || s->if_depth > 0;
}

bool
import_squid(struct slice text, const char *file, struct buffer *out, struct problems *lost)
{
	struct squid s = {.import = {.file = file, .out = out, .lost = lost, .arena = arena_make(4 * IMPORT_MAX)}};
	struct slice line, word;
	bool is_quoted, ok = false;

	s.acls = calloc(ACLS_MAX, sizeof *s.acls);
	s.rules = calloc(RULES_MAX, sizeof *s.rules);
	if (s.acls == NULL || s.rules == NULL || text.len > IMPORT_MAX)
		goto out;
	add_builtins(&s);
	while (next_line(&s, &text, &line)) {
		struct slice rest = line;

		if (!import_word(&rest, &word, &is_quoted))
			continue;
		if (is_conditional(&s, word))
			import_lost(&s.import, "%.*s", SLICE_ARG(line));
		else if (slice_eq(word, SLICE("acl")))
			read_acl(&s, rest);
		else if (slice_eq(word, SLICE("http_access")) || slice_eq(word, SLICE("ssl_bump")))
			read_rule(&s, word, rest);
		else
			import_lost(&s.import, "%.*s", SLICE_ARG(line));
	}
	import_write(&s.import, "# From %s.  Read it before you use it.\n\n", file);
	write_definitions(&s);
	write_rules(&s);
	ok = !s.import.failed;
out:
	arena_release(&s.import.arena);
	free(s.acls);
	free(s.rules);
	return ok;
}
