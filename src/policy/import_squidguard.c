/* squidGuard.conf: time, src, dest and acl blocks.  See import.h.
 *
 * An acl's `pass` list is walked from the left: !NAME blocks what is in NAME, NAME lets it through, all and none end
 * the list.  That is a rule for each entry, in the same order. */
#include "policy/import_text.h"

#include <stdio.h>
#include <stdlib.h>

#define DESTS_MAX 1024

struct dest {
	struct slice name;
	struct slice path; /* the folder of its lists; empty where there is none */
	bool has_expressions;
};

struct guard {
	struct import import;
	struct slice text;
	struct slice home; /* dbhome */
	struct import_texts definitions;
	struct import_texts sources; /* names of src blocks */
	struct import_texts rules;
	struct import_texts defaults; /* of acl's default block: they come last */
	struct dest *dests;
	size_t dest_count;
	/* Of the line that is being read. */
	struct slice rest;
};

/* The next line with something on it, without its comment; false at the end. */
static bool
next_line(struct guard *g)
{
	struct slice line;

	while (slice_split(&g->text, '\n', &line)) {
		g->import.line++;
		g->rest = slice_trim(slice_sub(line, 0, slice_find(line, '#')));
		if (slice_ends_with(g->rest, SLICE("\r")))
			g->rest.len--;
		if (g->rest.len)
			return true;
	}
	return false;
}

static bool
next_word(struct guard *g, struct slice *word)
{
	bool is_quoted;

	return import_word(&g->rest, word, &is_quoted);
}

static bool
is_close(struct slice line)
{
	return slice_starts_with(line, SLICE("}"));
}

/* Skips a block that nobody reads, its inner blocks too. */
static void
skip_block(struct guard *g)
{
	unsigned depth = 1;

	while (depth && next_line(g)) {
		import_lost(&g->import, "%.*s", SLICE_ARG(g->rest));
		depth -= is_close(g->rest);
		depth += slice_ends_with(g->rest, SLICE("{"));
	}
}

/* time NAME { weekly mtwhfas HH:MM - HH:MM } */

static bool
weekly_days(struct slice letters, char dst[64])
{
	static const struct {
		char letter;
		const char *day;
	} days[] = {{'m', "mon"}, {'t', "tue"}, {'w', "wed"}, {'h', "thu"}, {'f', "fri"}, {'a', "sat"}, {'s', "sun"}};

	*dst = '\0';
	if (slice_eq(letters, SLICE("*")) || slice_eq(letters, SLICE("all"))) {
		strcpy(dst, "daily");
		return true;
	}
	for (size_t i = 0; i < letters.len; i++) {
		size_t d = 0;

		while (d < 7 && days[d].letter != letters.ptr[i])
			d++;
		if (d == 7 || i >= 7)
			return false;
		snprintf(dst + strlen(dst), 64 - strlen(dst), "%s%s", i ? "," : "", days[d].day);
	}
	return letters.len > 0;
}

static void
read_time_line(struct guard *g, struct import_texts *words)
{
	struct slice whole = g->rest, kind, letters, from, dash, to;
	char days[64];

	if (!next_word(g, &kind) || !slice_eq(kind, SLICE("weekly")) || !next_word(g, &letters) ||
		!weekly_days(letters, days)) {
		import_lost(&g->import, "%.*s", SLICE_ARG(whole));
		return;
	}
	import_addf(&g->import, words, "%s", days);
	while (next_word(g, &from)) {
		/* "08:00 - 16:30", or "08:00-16:30". */
		if (!import_is_word(from)) {
			import_lost(&g->import, "%.*s", SLICE_ARG(whole));
			return;
		}
		if (slice_find(from, '-') < from.len) {
			import_addf(&g->import, words, "%.*s", SLICE_ARG(from));
			continue;
		}
		if (!next_word(g, &dash) || !slice_eq(dash, SLICE("-")) || !next_word(g, &to) || !import_is_word(to)) {
			import_lost(&g->import, "%.*s", SLICE_ARG(whole));
			return;
		}
		import_addf(&g->import, words, "%.*s-%.*s", SLICE_ARG(from), SLICE_ARG(to));
	}
}

static void
define(struct guard *g, const char *block, struct slice name, const struct import_texts *words)
{
	import_addf(&g->import, &g->definitions, "%s %.*s {", block, SLICE_ARG(name));
	for (const struct import_text *t = words->first; t; t = t->next)
		import_add(&g->import, &g->definitions, t->text);
	import_add(&g->import, &g->definitions, SLICE("}\n"));
}

static void
read_time(struct guard *g, struct slice name)
{
	struct import_texts words = {0};

	while (next_line(g) && !is_close(g->rest))
		read_time_line(g, &words);
	define(g, "time", name, &words);
}

/* src NAME { ip ... user ... userlist FILE } */

static void
read_src_line(struct guard *g, struct slice name, struct import_texts *words)
{
	struct slice whole = g->rest, kind, value;
	bool is_ip, is_user;
	char network[64];

	next_word(g, &kind);
	is_ip = slice_eq(kind, SLICE("ip"));
	is_user = slice_eq(kind, SLICE("user"));
	if (slice_eq(kind, SLICE("userlist")) && next_word(g, &value)) {
		if (!slice_starts_with(value, SLICE("/")))
			value = arena_printf(&g->import.arena, "%.*s/%.*s", SLICE_ARG(g->home), SLICE_ARG(value));
		if (value.ptr && import_is_path(value))
			import_addf(&g->import, words, "users \"%.*s\"", SLICE_ARG(value));
		else
			import_lost(&g->import, "%.*s, in src %.*s", SLICE_ARG(whole), SLICE_ARG(name));
		return;
	}
	if (!is_ip && !is_user) {
		import_lost(&g->import, "%.*s, in src %.*s", SLICE_ARG(whole), SLICE_ARG(name));
		return;
	}
	while (next_word(g, &value)) {
		if (slice_ends_with(value, SLICE(",")))
			value.len--;
		if (is_ip && import_network(value, network))
			import_addf(&g->import, words, "net %s", network);
		else if (is_user && import_is_name(value))
			import_addf(&g->import, words, "user %.*s", SLICE_ARG(value));
		else
			import_lost(&g->import, "%.*s, in src %.*s", SLICE_ARG(value), SLICE_ARG(name));
	}
}

static void
read_src(struct guard *g, struct slice name)
{
	struct import_texts words = {0};

	while (next_line(g) && !is_close(g->rest))
		read_src_line(g, name, &words);
	import_add(&g->import, &g->sources, name);
	define(g, "group", name, &words);
}

/* dest NAME { domainlist DIR/domains urllist DIR/urls expressionlist DIR/expressions } */

static void
read_dest(struct guard *g, struct slice name)
{
	struct dest dest = {.name = name, .path = SLICE_EMPTY};

	while (next_line(g) && !is_close(g->rest)) {
		struct slice whole = g->rest, kind = SLICE_EMPTY, file = SLICE_EMPTY, folder;
		bool is_expressions;

		next_word(g, &kind);
		next_word(g, &file);
		is_expressions = slice_eq(kind, SLICE("expressionlist"));
		if (!is_expressions && !slice_eq(kind, SLICE("domainlist")) && !slice_eq(kind, SLICE("urllist"))) {
			import_lost(&g->import, "%.*s, in dest %.*s", SLICE_ARG(whole), SLICE_ARG(name));
			continue;
		}
		folder = file;
		while (folder.len && folder.ptr[folder.len - 1] != '/')
			folder.len--;
		if (folder.len)
			folder.len--;
		if (!slice_starts_with(folder, SLICE("/")))
			folder = arena_printf(&g->import.arena, "%.*s/%.*s", SLICE_ARG(g->home), SLICE_ARG(folder));
		if (folder.ptr == NULL || !import_is_path(folder) || (dest.path.len && !slice_eq(dest.path, folder))) {
			import_lost(&g->import, "%.*s, in dest %.*s: its lists are not in one folder", SLICE_ARG(whole),
				SLICE_ARG(name));
			continue;
		}
		dest.path = folder;
		dest.has_expressions |= is_expressions;
	}
	if (g->dest_count < DESTS_MAX)
		g->dests[g->dest_count++] = dest;
	if (dest.path.len)
		import_addf(&g->import, &g->definitions,
			"list %.*s { path \"%.*s\" format squidguard category %.*s%s }\n", SLICE_ARG(name),
			SLICE_ARG(dest.path), SLICE_ARG(name), dest.has_expressions ? " expressions yes" : "");
	else
		import_lost(&g->import, "dest %.*s has no list", SLICE_ARG(name));
}

static bool
has_dest(const struct guard *g, struct slice name)
{
	for (size_t i = 0; i < g->dest_count; i++)
		if (slice_eq(g->dests[i].name, name))
			return g->dests[i].path.len > 0;
	return false;
}

/* acl { SRC [within|outside TIME] { pass ... } else { pass ... } default { pass ... } } */

/* A rule for each entry of a pass list; `when` is "", " during T" or " not during T". */
static void
read_pass(struct guard *g, struct import_texts *rules, struct slice source, const char *when)
{
	struct slice entry;
	bool has_end = false;

	while (next_word(g, &entry)) {
		bool is_blocked = slice_starts_with(entry, SLICE("!"));
		struct slice name = slice_sub(entry, is_blocked, entry.len);
		const char *verb = is_blocked ? "block" : "inspect";
		bool is_all = slice_eq(name, SLICE("all")) || slice_eq(name, SLICE("any"));

		has_end |= is_all || slice_eq(name, SLICE("none"));
		if (is_all)
			import_addf(&g->import, rules, "    %s %.*s %s\n", verb, SLICE_ARG(source),
				*when ? when + 1 : "any");
		else if (slice_eq(name, SLICE("none")))
			import_addf(
				&g->import, rules, "    block %.*s %s\n", SLICE_ARG(source), *when ? when + 1 : "any");
		else if (slice_eq(name, SLICE("in-addr")))
			import_addf(&g->import, rules, "    %s %.*s site ~^[0-9a-f:.]*[.:][0-9a-f]+$%s\n", verb,
				SLICE_ARG(source), when);
		else if (has_dest(g, name))
			import_addf(&g->import, rules, "    %s %.*s category %.*s%s\n", verb, SLICE_ARG(source),
				SLICE_ARG(name), when);
		else
			import_lost(&g->import, "%.*s: there is no dest of that name with a list", SLICE_ARG(entry));
	}
	/* What no entry matches is let through. */
	if (!has_end)
		import_addf(&g->import, rules, "    inspect %.*s %s\n", SLICE_ARG(source), *when ? when + 1 : "any");
}

/* The lines of one source's block, up to its brace. */
static void
read_acl_entry(struct guard *g, struct import_texts *rules, struct slice source, const char *when)
{
	struct slice kind;

	while (next_line(g) && !is_close(g->rest)) {
		struct slice whole = g->rest;

		next_word(g, &kind);
		if (slice_eq(kind, SLICE("pass")))
			read_pass(g, rules, source, when);
		else
			import_lost(&g->import, "%.*s, for %.*s", SLICE_ARG(whole), SLICE_ARG(source));
	}
}

static bool
has_source(const struct guard *g, struct slice name)
{
	for (const struct import_text *t = g->sources.first; t; t = t->next)
		if (slice_eq(t->text, name))
			return true;
	return false;
}

static void
read_acl(struct guard *g)
{
	struct slice source = SLICE_EMPTY, word, time;
	char when[160] = "", otherwise[160] = "";

	while (next_line(g)) {
		struct slice whole = g->rest;
		struct import_texts *rules = &g->rules;
		bool is_else = is_close(whole) && slice_find_slice(whole, SLICE("else")) < whole.len;

		if (is_close(whole) && !is_else)
			return;
		if (is_else || slice_starts_with(whole, SLICE("else"))) {
			read_acl_entry(g, rules, source, otherwise);
			continue;
		}
		next_word(g, &source);
		*when = *otherwise = '\0';
		if (next_word(g, &word) && (slice_eq(word, SLICE("within")) || slice_eq(word, SLICE("outside"))) &&
			next_word(g, &time) && import_is_name(time)) {
			bool is_within = slice_eq(word, SLICE("within"));

			snprintf(when, sizeof when, " %sduring %.*s", is_within ? "" : "not ", SLICE_ARG(time));
			snprintf(otherwise, sizeof otherwise, " %sduring %.*s", is_within ? "not " : "",
				SLICE_ARG(time));
		}
		if (slice_eq(source, SLICE("default"))) {
			source = SLICE("everyone");
			rules = &g->defaults;
		} else if (!has_source(g, source)) {
			import_lost(&g->import, "%.*s: there is no src of that name", SLICE_ARG(whole));
			skip_block(g);
			continue;
		}
		read_acl_entry(g, rules, source, when);
		/* "} else {" closed the block just read. */
		if (is_close(g->rest) && slice_find_slice(g->rest, SLICE("else")) < g->rest.len)
			read_acl_entry(g, rules, source, otherwise);
	}
}

static void
read_block(struct guard *g, struct slice kind, struct slice whole)
{
	struct slice name = SLICE_EMPTY;

	if (slice_eq(kind, SLICE("acl"))) {
		read_acl(g);
		return;
	}
	next_word(g, &name);
	if (!import_is_name(name)) {
		import_lost(&g->import, "%.*s", SLICE_ARG(whole));
		skip_block(g);
	} else if (slice_eq(kind, SLICE("time"))) {
		read_time(g, name);
	} else if (slice_eq(kind, SLICE("src")) || slice_eq(kind, SLICE("source"))) {
		read_src(g, name);
	} else if (slice_eq(kind, SLICE("dest")) || slice_eq(kind, SLICE("destination"))) {
		read_dest(g, name);
	} else {
		import_lost(&g->import, "%.*s", SLICE_ARG(whole));
		skip_block(g);
	}
}

static void
write_texts(struct guard *g, const struct import_texts *texts)
{
	for (const struct import_text *t = texts->first; t; t = t->next)
		import_write(
			&g->import, "%.*s%s", SLICE_ARG(t->text), slice_ends_with(t->text, SLICE("\n")) ? "" : " ");
}

bool
import_squidguard(struct slice text, const char *file, struct buffer *out, struct problems *lost)
{
	struct guard g = {
		.import = {.file = file, .out = out, .lost = lost, .arena = arena_make(4 * IMPORT_MAX)},
		.text = text,
		.home = SLICE("/var/lib/squidguard/db"),
	};
	bool ok = false;

	g.dests = calloc(DESTS_MAX, sizeof *g.dests);
	if (g.dests == NULL || text.len > IMPORT_MAX)
		goto out;
	while (next_line(&g)) {
		struct slice whole = g.rest, kind, value;

		if (is_close(whole) || !next_word(&g, &kind))
			continue;
		if (slice_eq(kind, SLICE("dbhome")) && next_word(&g, &value))
			g.home = value;
		else if (slice_ends_with(whole, SLICE("{")))
			read_block(&g, kind, whole);
		else
			import_lost(&g.import, "%.*s", SLICE_ARG(whole));
	}
	import_write(&g.import, "# From %s.  Read it before you use it.\n\n", file);
	write_texts(&g, &g.definitions);
	import_write(&g.import, "\npolicy {\n");
	write_texts(&g, &g.rules);
	write_texts(&g, &g.defaults);
	import_write(&g.import, "}\n");
	ok = !g.import.failed;
out:
	arena_release(&g.import.arena);
	free(g.dests);
	return ok;
}

bool
import_is_squidguard(struct slice text)
{
	struct slice line, word;
	bool is_quoted;

	while (slice_split(&text, '\n', &line)) {
		struct slice rest = line;

		if (!import_word(&rest, &word, &is_quoted))
			continue;
		if (slice_eq(word, SLICE("http_access")) || slice_eq(word, SLICE("http_port")))
			return false;
		if (slice_eq(word, SLICE("dbhome")) || slice_ends_with(slice_trim(line), SLICE("{")))
			return true;
	}
	return false;
}
