/* squid.conf: acl, http_access and ssl_bump.  See import.h.
 *
 * Squid asks two lists: http_access whether a request may go, ssl_bump whether its TLS is opened.  Ours is one list,
 * so in front of each `allow` stand the ssl_bump rules, narrowed to what is allowed there. */
#include "policy/import_squid.h"

#include <stdlib.h>

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
	if (rule.verb == NULL || s->rule_count == SQUID_RULES_MAX) {
		import_lost(&s->import, "%.*s %.*s", SLICE_ARG(directive), SLICE_ARG(action));
		return;
	}
	if (*rule.verb == '\0')
		return; /* the ClientHello is always looked at first */
	while (import_word(&rest, &name, &is_quoted)) {
		bool is_negated = slice_starts_with(name, SLICE("!"));
		struct squid_acl *acl = squid_acl_find(s, slice_sub(name, is_negated, name.len));

		forms *= acl && acl->values.count && acl->files.count && !is_negated ? 2 : 1;
		if (acl == NULL || acl->type->form == SQUID_ACL_UNKNOWN || rule.count == SQUID_RULE_ACLS_MAX ||
			forms > SQUID_EXPANSION_MAX ||
			(acl->values.count + acl->files.count == 0 && acl->type->form != SQUID_ACL_ALL)) {
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

	s.acls = calloc(SQUID_ACLS_MAX, sizeof *s.acls);
	s.rules = calloc(SQUID_RULES_MAX, sizeof *s.rules);
	if (s.acls == NULL || s.rules == NULL || text.len > IMPORT_MAX)
		goto out;
	squid_acls_add_builtins(&s);
	while (next_line(&s, &text, &line)) {
		struct slice rest = line;

		if (!import_word(&rest, &word, &is_quoted))
			continue;
		if (is_conditional(&s, word))
			import_lost(&s.import, "%.*s", SLICE_ARG(line));
		else if (slice_eq(word, SLICE("acl")))
			squid_acl_read(&s, rest);
		else if (slice_eq(word, SLICE("http_access")) || slice_eq(word, SLICE("ssl_bump")))
			read_rule(&s, word, rest);
		else
			import_lost(&s.import, "%.*s", SLICE_ARG(line));
	}
	import_write(&s.import, "# From %s.  Read it before you use it.\n\n", file);
	squid_write_definitions(&s);
	squid_write_rules(&s);
	ok = !s.import.failed;
out:
	arena_release(&s.import.arena);
	free(s.acls);
	free(s.rules);
	return ok;
}
