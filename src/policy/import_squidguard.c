/* squidGuard.conf: time, src, dest and acl blocks.  See import.h.
 *
 * An acl's `pass` list is walked from the left: !NAME blocks what is in NAME, NAME lets it through, all and none end
 * the list.  That is a rule for each entry, in the same order. */
#include "policy/import_text.h"

#include <stdio.h>
#include <stdlib.h>

#define DESTS_MAX 1024
#define SOURCES_MAX 1024

struct dest {
	struct slice name;
	struct slice path; /* the folder of its lists; empty where there is none */
	bool has_expressions;
};

/* A src block: whose requests the first of them that fits decides. */
struct source {
	struct slice name;
	struct import_texts networks;
	struct import_texts users;
	bool lost_networks; /* some could not be carried over */
	bool lost_users;
	bool is_lost;   /* it says what makes it narrower, and that could not be carried over */
	char when[80];  /* " during T", " not during T": else the next source is asked */
	bool is_closed; /* its rules decide everything */
	struct import_texts rules;
};

struct guard {
	struct import import;
	struct slice text;
	struct slice home; /* dbhome */
	struct import_texts definitions;
	struct source *sources;
	size_t source_count;
	struct import_texts defaults; /* of acl's default block: they come last */
	struct dest *dests;
	size_t dest_count;
	/* Of the line that is being read. */
	struct slice rest;
	struct slice later; /* what stands behind a brace */
};

/* The end of the first piece of a line: behind its opening brace, or in front of its closing one. */
static size_t
piece_end(struct slice line)
{
	size_t open = slice_find(line, '{'), close = slice_find(line, '}');

	if (close == 0) {
		/* "} else {" is one. */
		struct slice behind = slice_trim(slice_sub(line, 1, line.len));

		return slice_starts_with(behind, SLICE("else")) && open < line.len ? open + 1 : 1;
	}
	return open < close ? open + 1 : close;
}

/* The next line with something on it, without its comment; what stands behind a brace is a line of its own.  False at
 * the end. */
static bool
next_line(struct guard *g)
{
	struct slice line;

	for (;;) {
		if (g->later.len == 0) {
			if (!slice_split(&g->text, '\n', &line))
				return false;
			g->import.line++;
			if (slice_ends_with(line, SLICE("\r")))
				line.len--;
			g->later = slice_trim(slice_sub(line, 0, slice_find(line, '#')));
		}
		g->rest = slice_trim(slice_sub(g->later, 0, piece_end(g->later)));
		g->later = slice_trim(slice_sub(g->later, piece_end(g->later), g->later.len));
		if (g->rest.len)
			return true;
	}
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

/* src NAME { ip ... user ... userlist FILE within T }: who is asked for by several of them must be in each. */

static void
read_userlist(struct guard *g, struct source *source, struct slice whole)
{
	struct slice value = SLICE_EMPTY;

	next_word(g, &value);
	if (!slice_starts_with(value, SLICE("/")))
		value = arena_printf(&g->import.arena, "%.*s/%.*s", SLICE_ARG(g->home), SLICE_ARG(value));
	if (value.ptr && import_is_path(value)) {
		import_addf(&g->import, &source->users, "users \"%.*s\"", SLICE_ARG(value));
		return;
	}
	import_lost(&g->import, "%.*s, in src %.*s", SLICE_ARG(whole), SLICE_ARG(source->name));
	source->lost_users = true;
}

static bool
read_source_time(struct guard *g, struct source *source, bool is_within)
{
	struct slice time;

	if (source->when[0] || !next_word(g, &time) || !import_is_name(time))
		return false;
	snprintf(source->when, sizeof source->when, " %sduring %.*s", is_within ? "" : "not ", SLICE_ARG(time));
	return true;
}

static void
read_members(struct guard *g, struct source *source, bool is_ip)
{
	struct slice value;

	while (next_word(g, &value)) {
		if (slice_ends_with(value, SLICE(",")))
			value.len--;
		if (is_ip && import_networks(&g->import, &source->networks, "net ", value))
			continue;
		if (!is_ip && import_is_name(value)) {
			import_addf(&g->import, &source->users, "user %.*s", SLICE_ARG(value));
			continue;
		}
		import_lost(&g->import, "%.*s, in src %.*s", SLICE_ARG(value), SLICE_ARG(source->name));
		source->lost_networks |= is_ip;
		source->lost_users |= !is_ip;
	}
}

static void
read_src_line(struct guard *g, struct source *source)
{
	/* What these say of a client is lost, and whether it narrows. */
	static const char *const of_users[] = {"ldapusersearch", "execuserlist", "userquota"};
	static const char *const of_networks[] = {"iplist", "ldapipsearch"};
	struct slice whole = g->rest, kind;

	next_word(g, &kind);
	if (slice_eq(kind, SLICE("userlist"))) {
		read_userlist(g, source, whole);
		return;
	}
	if (slice_eq(kind, SLICE("ip")) || slice_eq(kind, SLICE("user"))) {
		read_members(g, source, slice_eq(kind, SLICE("ip")));
		return;
	}
	if ((slice_eq(kind, SLICE("within")) || slice_eq(kind, SLICE("outside"))) &&
		read_source_time(g, source, slice_eq(kind, SLICE("within"))))
		return;
	import_lost(&g->import, "%.*s, in src %.*s", SLICE_ARG(whole), SLICE_ARG(source->name));
	for (size_t i = 0; i < 3; i++)
		source->lost_users |= slice_eq(kind, slice_of(of_users[i]));
	for (size_t i = 0; i < 2; i++)
		source->lost_networks |= slice_eq(kind, slice_of(of_networks[i]));
	source->is_lost |=
		slice_eq(kind, SLICE("domain")) || slice_eq(kind, SLICE("within")) || slice_eq(kind, SLICE("outside"));
}

static void
define_group(struct guard *g, struct slice name, const char *suffix, const struct import_texts *members)
{
	import_addf(&g->import, &g->definitions, "group %.*s%s {", SLICE_ARG(name), suffix);
	for (const struct import_text *t = members->first; t; t = t->next)
		import_add(&g->import, &g->definitions, t->text);
	import_add(&g->import, &g->definitions, SLICE("}\n"));
}

static void
read_src(struct guard *g, struct slice name)
{
	struct source *source = &g->sources[g->source_count];

	if (g->source_count == SOURCES_MAX) {
		import_lost(&g->import, "src %.*s: there are more than %d", SLICE_ARG(name), SOURCES_MAX);
		skip_block(g);
		return;
	}
	g->source_count++;
	source->name = name;
	while (next_line(g) && !is_close(g->rest))
		read_src_line(g, source);
	if (slice_eq(name, SLICE("everyone")) || source->is_lost ||
		(source->networks.count == 0 && (source->users.count == 0 || source->lost_networks)) ||
		(source->users.count == 0 && source->lost_users)) {
		source->is_lost = true;
		import_lost(&g->import, "src %.*s, nor what acl says of it", SLICE_ARG(name));
		return;
	}
	if (source->networks.count)
		define_group(g, name, "", &source->networks);
	if (source->users.count)
		define_group(g, name, source->networks.count ? "-users" : "", &source->users);
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

/* A rule as it waits for its source: "VERB CONDITIONS". */
static void
add_rule(struct guard *g, struct import_texts *rules, bool is_blocked, const char *condition, struct slice value,
	const char *when)
{
	import_addf(
		&g->import, rules, "%s%s%.*s%s", is_blocked ? "block" : "inspect", condition, SLICE_ARG(value), when);
}

/* A rule for each entry of a pass list; `when` is "", " during T" or " not during T". */
static void
read_pass(struct guard *g, struct import_texts *rules, const char *when)
{
	struct slice entry;
	bool has_end = false;

	while (next_word(g, &entry)) {
		bool is_blocked = slice_starts_with(entry, SLICE("!"));
		struct slice name = slice_sub(entry, is_blocked, entry.len);
		bool is_all = slice_eq(name, SLICE("all")) || slice_eq(name, SLICE("any"));
		bool is_none = slice_eq(name, SLICE("none"));

		has_end |= is_all || is_none;
		if (is_all || is_none)
			add_rule(g, rules, is_blocked || is_none, "", SLICE_EMPTY, when);
		else if (slice_eq(name, SLICE("in-addr")))
			add_rule(g, rules, is_blocked, " site ~^[0-9a-f:.]*[.:][0-9a-f]+$", SLICE_EMPTY, when);
		else if (has_dest(g, name))
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
read_acl_entry(struct guard *g, struct import_texts *rules, struct slice source, const char *when)
{
	struct slice kind;

	while (next_line(g) && !is_close(g->rest)) {
		struct slice whole = g->rest;

		next_word(g, &kind);
		if (slice_eq(kind, SLICE("pass")))
			read_pass(g, rules, when);
		else
			import_lost(&g->import, "%.*s, for %.*s", SLICE_ARG(whole), SLICE_ARG(source));
	}
}

static struct source *
find_source(const struct guard *g, struct slice name)
{
	for (size_t i = 0; i < g->source_count; i++)
		if (slice_eq(g->sources[i].name, name))
			return &g->sources[i];
	return NULL;
}

/* Behind a block: whether "else {" follows, on the same line or the next; it is then the line that is read. */
static bool
next_is_else(struct guard *g)
{
	struct guard before = *g;

	if (is_close(g->rest) && slice_find_slice(g->rest, SLICE("else")) < g->rest.len)
		return true;
	if (next_line(g) && slice_starts_with(g->rest, SLICE("else")))
		return true;
	g->text = before.text;
	g->rest = before.rest;
	g->later = before.later;
	g->import.line = before.import.line;
	return false;
}

/* "pupils within workhours {", and its "else {" where there is one. */
static void
read_acl_source(struct guard *g, struct slice whole)
{
	struct slice name = SLICE_EMPTY, word, time;
	char when[160] = "", otherwise[160] = "";
	struct source *source;
	bool is_default, has_else;

	next_word(g, &name);
	if (next_word(g, &word) && (slice_eq(word, SLICE("within")) || slice_eq(word, SLICE("outside"))) &&
		next_word(g, &time) && import_is_name(time)) {
		bool is_within = slice_eq(word, SLICE("within"));

		snprintf(when, sizeof when, " %sduring %.*s", is_within ? "" : "not ", SLICE_ARG(time));
		snprintf(otherwise, sizeof otherwise, " %sduring %.*s", is_within ? "not " : "", SLICE_ARG(time));
	}
	is_default = slice_eq(name, SLICE("default"));
	source = find_source(g, name);
	if (!is_default && (source == NULL || source->is_lost)) {
		import_lost(&g->import, "%.*s: there is no src of that name%s", SLICE_ARG(whole),
			source ? " that could be carried over" : "");
		skip_block(g);
		return;
	}
	read_acl_entry(g, is_default ? &g->defaults : &source->rules, name, when);
	has_else = next_is_else(g);
	if (has_else)
		read_acl_entry(g, is_default ? &g->defaults : &source->rules, name, otherwise);
	if (!is_default)
		source->is_closed = when[0] == '\0' || has_else;
}

static void
read_acl(struct guard *g)
{
	while (next_line(g) && !is_close(g->rest))
		read_acl_source(g, g->rest);
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

/* The rules, for this source (NULL: everyone). */
static void
write_rules(struct guard *g, const struct import_texts *rules, const struct source *source)
{
	for (const struct import_text *t = rules->first; t; t = t->next) {
		struct slice rest = t->text, verb;
		bool has_users = source && source->networks.count && source->users.count;
		bool has_conditions;

		slice_split(&rest, ' ', &verb);
		has_conditions = rest.ptr && rest.len;
		import_write(&g->import, "    %.*s %.*s", SLICE_ARG(verb),
			SLICE_ARG(source ? source->name : SLICE("everyone")));
		if (has_users)
			import_write(&g->import, " client %.*s-users", SLICE_ARG(source->name));
		if (has_conditions)
			import_write(&g->import, " %.*s", SLICE_ARG(rest));
		import_write(&g->import, "%s\n",
			source && source->when[0]     ? source->when
			: has_users || has_conditions ? ""
						      : " any");
	}
}

/* The first source that a client is in decides, so they come in their order; one that acl does not mention, or not for
 * all times, has the default rules before the next one is asked. */
static void
write_policy(struct guard *g)
{
	struct import_texts nothing = {0};

	import_add(&g->import, &nothing, SLICE("inspect"));
	import_write(&g->import, "\npolicy {\n");
	for (size_t i = 0; i < g->source_count; i++) {
		const struct source *source = &g->sources[i];

		if (source->is_lost)
			continue;
		write_rules(g, &source->rules, source);
		if (!source->is_closed && i + 1 < g->source_count)
			write_rules(g, g->defaults.count ? &g->defaults : &nothing, source);
	}
	write_rules(g, &g->defaults, NULL);
	import_write(&g->import, "}\n");
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
		.later = SLICE_EMPTY,
		.home = SLICE("/var/lib/squidguard/db"),
	};
	bool ok = false;

	g.dests = calloc(DESTS_MAX, sizeof *g.dests);
	g.sources = calloc(SOURCES_MAX, sizeof *g.sources);
	if (g.dests == NULL || g.sources == NULL || text.len > IMPORT_MAX)
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
	write_policy(&g);
	ok = !g.import.failed;
out:
	arena_release(&g.import.arena);
	free(g.dests);
	free(g.sources);
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
