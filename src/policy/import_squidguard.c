/* squidGuard.conf, as lines and blocks, and the policy that it becomes.  See import.h and import_squidguard.h. */
#include "policy/import_squidguard.h"

#include <stdlib.h>

/* ---- lines ---- */

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

bool
squidguard_next_line(struct squidguard *g)
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

bool
squidguard_next_word(struct squidguard *g, struct slice *word)
{
	bool is_quoted;

	return import_word(&g->rest, word, &is_quoted);
}

bool
squidguard_is_close(struct slice line)
{
	return slice_starts_with(line, SLICE("}"));
}

void
squidguard_skip_block(struct squidguard *g)
{
	unsigned depth = 1;

	while (depth && squidguard_next_line(g)) {
		import_lost(&g->import, "%.*s", SLICE_ARG(g->rest));
		depth -= squidguard_is_close(g->rest);
		depth += slice_ends_with(g->rest, SLICE("{"));
	}
}

/* ---- blocks ---- */

static void
read_block(struct squidguard *g, struct slice kind, struct slice whole)
{
	struct slice name = SLICE_EMPTY;

	if (slice_eq(kind, SLICE("acl"))) {
		squidguard_read_acl(g);
		return;
	}
	squidguard_next_word(g, &name);
	if (!import_is_name(name)) {
		import_lost(&g->import, "%.*s", SLICE_ARG(whole));
		squidguard_skip_block(g);
	} else if (slice_eq(kind, SLICE("time"))) {
		squidguard_read_time(g, name);
	} else if (slice_eq(kind, SLICE("src")) || slice_eq(kind, SLICE("source"))) {
		squidguard_read_src(g, name);
	} else if (slice_eq(kind, SLICE("dest")) || slice_eq(kind, SLICE("destination"))) {
		squidguard_read_dest(g, name);
	} else {
		import_lost(&g->import, "%.*s", SLICE_ARG(whole));
		squidguard_skip_block(g);
	}
}

/* The rules, for this source (NULL: everyone). */
static void
write_rules(struct squidguard *g, const struct import_texts *rules, const struct squidguard_source *source)
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
write_policy(struct squidguard *g)
{
	struct import_texts nothing = {0};

	import_add(&g->import, &nothing, SLICE("inspect"));
	import_write(&g->import, "\npolicy {\n");
	for (size_t i = 0; i < g->source_count; i++) {
		const struct squidguard_source *source = &g->sources[i];

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
write_texts(struct squidguard *g, const struct import_texts *texts)
{
	for (const struct import_text *t = texts->first; t; t = t->next)
		import_write(
			&g->import, "%.*s%s", SLICE_ARG(t->text), slice_ends_with(t->text, SLICE("\n")) ? "" : " ");
}

bool
import_squidguard(struct slice text, const char *file, struct buffer *out, struct problems *lost)
{
	struct squidguard g = {
		.import = {.file = file, .out = out, .lost = lost, .arena = arena_make(4 * IMPORT_MAX)},
		.text = text,
		.later = SLICE_EMPTY,
		.home = SLICE("/var/lib/squidguard/db"),
	};
	bool ok = false;

	g.dests = calloc(SQUIDGUARD_DESTS_MAX, sizeof *g.dests);
	g.sources = calloc(SQUIDGUARD_SOURCES_MAX, sizeof *g.sources);
	if (g.dests == NULL || g.sources == NULL || text.len > IMPORT_MAX)
		goto out;
	while (squidguard_next_line(&g)) {
		struct slice whole = g.rest, kind, value;

		if (squidguard_is_close(whole) || !squidguard_next_word(&g, &kind))
			continue;
		if (slice_eq(kind, SLICE("dbhome")) && squidguard_next_word(&g, &value))
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
