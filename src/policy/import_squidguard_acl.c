/* squidGuard's acls: they become rules.  See import_squidguard.h.
 *
 * A `pass` list is walked from the left: !NAME blocks what is in NAME, NAME lets it through, all and none end the list.
 * That is a rule for each entry, in the same order. */
#include "policy/import_squidguard.h"

#include <stdio.h>

/* A rule as it waits for its source: "VERB CONDITIONS". */
static void
add_rule(struct squidguard *g, struct import_texts *rules, bool is_blocked, const char *condition, struct slice value,
	const char *when)
{
	import_addf(
		&g->import, rules, "%s%s%.*s%s", is_blocked ? "block" : "inspect", condition, SLICE_ARG(value), when);
}

/* A rule for each entry of a pass list; `when` is "", " during T" or " not during T". */
static void
read_pass(struct squidguard *g, struct import_texts *rules, const char *when)
{
	struct slice entry;
	bool has_end = false;

	while (squidguard_next_word(g, &entry)) {
		bool is_blocked = slice_starts_with(entry, SLICE("!"));
		struct slice name = slice_sub(entry, is_blocked, entry.len);
		bool is_all = slice_eq(name, SLICE("all")) || slice_eq(name, SLICE("any"));
		bool is_none = slice_eq(name, SLICE("none"));

		has_end |= is_all || is_none;
		if (is_all || is_none)
			add_rule(g, rules, is_blocked || is_none, "", SLICE_EMPTY, when);
		else if (slice_eq(name, SLICE("in-addr")))
			add_rule(g, rules, is_blocked, " site ~^[0-9a-f:.]*[.:][0-9a-f]+$", SLICE_EMPTY, when);
		else if (squidguard_has_dest(g, name))
			add_rule(g, rules, is_blocked, " category ", name, when);
		else
			import_lost(&g->import, "%.*s: there is no dest of that name with a list", SLICE_ARG(entry));
	}
	/* What no entry matches is let through. */
	if (!has_end)
		add_rule(g, rules, false, "", SLICE_EMPTY, when);
}

/* The lines of one source's block, up to its brace. */
static void
read_acl_entry(struct squidguard *g, struct import_texts *rules, struct slice source, const char *when)
{
	struct slice kind;

	while (squidguard_next_line(g) && !squidguard_is_close(g->rest)) {
		struct slice whole = g->rest;

		squidguard_next_word(g, &kind);
		if (slice_eq(kind, SLICE("pass")))
			read_pass(g, rules, when);
		else
			import_lost(&g->import, "%.*s, for %.*s", SLICE_ARG(whole), SLICE_ARG(source));
	}
}

static struct squidguard_source *
find_source(const struct squidguard *g, struct slice name)
{
	for (size_t i = 0; i < g->source_count; i++)
		if (slice_eq(g->sources[i].name, name))
			return &g->sources[i];
	return NULL;
}

/* Behind a block: whether "else {" follows, on the same line or the next; it is then the line that is read. */
static bool
next_is_else(struct squidguard *g)
{
	struct squidguard before = *g;

	if (squidguard_is_close(g->rest) && slice_find_slice(g->rest, SLICE("else")) < g->rest.len)
		return true;
	if (squidguard_next_line(g) && slice_starts_with(g->rest, SLICE("else")))
		return true;
	g->text = before.text;
	g->rest = before.rest;
	g->later = before.later;
	g->import.line = before.import.line;
	return false;
}

/* "pupils within workhours {", and its "else {" where there is one. */
static void
read_acl_source(struct squidguard *g, struct slice whole)
{
	struct slice name = SLICE_EMPTY, word, time;
	char when[160] = "", otherwise[160] = "";
	struct squidguard_source *source;
	bool is_default, has_else;

	squidguard_next_word(g, &name);
	if (squidguard_next_word(g, &word) && (slice_eq(word, SLICE("within")) || slice_eq(word, SLICE("outside"))) &&
		squidguard_next_word(g, &time) && import_is_name(time)) {
		bool is_within = slice_eq(word, SLICE("within"));

		snprintf(when, sizeof when, " %sduring %.*s", is_within ? "" : "not ", SLICE_ARG(time));
		snprintf(otherwise, sizeof otherwise, " %sduring %.*s", is_within ? "not " : "", SLICE_ARG(time));
	}
	is_default = slice_eq(name, SLICE("default"));
	source = find_source(g, name);
	if (!is_default && (source == NULL || source->is_lost)) {
		import_lost(&g->import, "%.*s: there is no src of that name%s", SLICE_ARG(whole),
			source ? " that could be carried over" : "");
		squidguard_skip_block(g);
		return;
	}
	read_acl_entry(g, is_default ? &g->defaults : &source->rules, name, when);
	has_else = next_is_else(g);
	if (has_else)
		read_acl_entry(g, is_default ? &g->defaults : &source->rules, name, otherwise);
	if (!is_default)
		source->is_closed = when[0] == '\0' || has_else;
}

void
squidguard_read_acl(struct squidguard *g)
{
	while (squidguard_next_line(g) && !squidguard_is_close(g->rest))
		read_acl_source(g, g->rest);
}
