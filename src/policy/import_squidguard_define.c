/* squidGuard's times, sources and destinations: they become times, groups and lists.  See import_squidguard.h. */
#include "policy/import_squidguard.h"

#include <stdio.h>

/* ---- time ---- */

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
read_time_line(struct squidguard *g, struct import_texts *words)
{
	struct slice whole = g->rest, kind, letters, from, dash, to;
	char days[64];

	if (!squidguard_next_word(g, &kind) || !slice_eq(kind, SLICE("weekly")) || !squidguard_next_word(g, &letters) ||
		!weekly_days(letters, days)) {
		import_lost(&g->import, "%.*s", SLICE_ARG(whole));
		return;
	}
	import_addf(&g->import, words, "%s", days);
	while (squidguard_next_word(g, &from)) {
		/* "08:00 - 16:30", or "08:00-16:30". */
		if (!import_is_word(from)) {
			import_lost(&g->import, "%.*s", SLICE_ARG(whole));
			return;
		}
		if (slice_find(from, '-') < from.len) {
			import_addf(&g->import, words, "%.*s", SLICE_ARG(from));
			continue;
		}
		if (!squidguard_next_word(g, &dash) || !slice_eq(dash, SLICE("-")) || !squidguard_next_word(g, &to) ||
			!import_is_word(to)) {
			import_lost(&g->import, "%.*s", SLICE_ARG(whole));
			return;
		}
		import_addf(&g->import, words, "%.*s-%.*s", SLICE_ARG(from), SLICE_ARG(to));
	}
}

/* "BLOCK NAME { WORDS }"; the suffix belongs to the name. */
static void
define(struct squidguard *g, const char *block, struct slice name, const char *suffix, const struct import_texts *words)
{
	import_addf(&g->import, &g->definitions, "%s %.*s%s {", block, SLICE_ARG(name), suffix);
	for (const struct import_text *t = words->first; t; t = t->next)
		import_add(&g->import, &g->definitions, t->text);
	import_add(&g->import, &g->definitions, SLICE("}\n"));
}

void
squidguard_read_time(struct squidguard *g, struct slice name)
{
	struct import_texts words = {0};

	while (squidguard_next_line(g) && !squidguard_is_close(g->rest))
		read_time_line(g, &words);
	define(g, "time", name, "", &words);
}

/* ---- src ---- */

static void
read_userlist(struct squidguard *g, struct squidguard_source *source, struct slice whole)
{
	struct slice value = SLICE_EMPTY;

	squidguard_next_word(g, &value);
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
read_source_time(struct squidguard *g, struct squidguard_source *source, bool is_within)
{
	struct slice time;

	if (source->when[0] || !squidguard_next_word(g, &time) || !import_is_name(time))
		return false;
	snprintf(source->when, sizeof source->when, " %sduring %.*s", is_within ? "" : "not ", SLICE_ARG(time));
	return true;
}

static void
read_members(struct squidguard *g, struct squidguard_source *source, bool is_ip)
{
	struct slice value;

	while (squidguard_next_word(g, &value)) {
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
read_src_line(struct squidguard *g, struct squidguard_source *source)
{
	/* What these say of a client is lost, and whether it narrows. */
	static const char *const of_users[] = {"ldapusersearch", "execuserlist", "userquota"};
	static const char *const of_networks[] = {"iplist", "ldapipsearch"};
	struct slice whole = g->rest, kind;

	squidguard_next_word(g, &kind);
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

void
squidguard_read_src(struct squidguard *g, struct slice name)
{
	struct squidguard_source *source = &g->sources[g->source_count];

	if (g->source_count == SQUIDGUARD_SOURCES_MAX) {
		import_lost(&g->import, "src %.*s: there are more than %d", SLICE_ARG(name), SQUIDGUARD_SOURCES_MAX);
		squidguard_skip_block(g);
		return;
	}
	g->source_count++;
	source->name = name;
	while (squidguard_next_line(g) && !squidguard_is_close(g->rest))
		read_src_line(g, source);
	if (slice_eq(name, SLICE("everyone")) || source->is_lost ||
		(source->networks.count == 0 && (source->users.count == 0 || source->lost_networks)) ||
		(source->users.count == 0 && source->lost_users)) {
		source->is_lost = true;
		import_lost(&g->import, "src %.*s, nor what acl says of it", SLICE_ARG(name));
		return;
	}
	if (source->networks.count)
		define(g, "group", name, "", &source->networks);
	if (source->users.count)
		define(g, "group", name, source->networks.count ? "-users" : "", &source->users);
}

/* ---- dest ---- */

void
squidguard_read_dest(struct squidguard *g, struct slice name)
{
	struct squidguard_dest dest = {.name = name, .path = SLICE_EMPTY};

	while (squidguard_next_line(g) && !squidguard_is_close(g->rest)) {
		struct slice whole = g->rest, kind = SLICE_EMPTY, file = SLICE_EMPTY, folder;
		bool is_expressions;

		squidguard_next_word(g, &kind);
		squidguard_next_word(g, &file);
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
	if (g->dest_count < SQUIDGUARD_DESTS_MAX)
		g->dests[g->dest_count++] = dest;
	if (dest.path.len)
		import_addf(&g->import, &g->definitions,
			"list %.*s { path \"%.*s\" format squidguard category %.*s%s }\n", SLICE_ARG(name),
			SLICE_ARG(dest.path), SLICE_ARG(name), dest.has_expressions ? " expressions yes" : "");
	else
		import_lost(&g->import, "dest %.*s has no list", SLICE_ARG(name));
}

bool
squidguard_has_dest(const struct squidguard *g, struct slice name)
{
	for (size_t i = 0; i < g->dest_count; i++)
		if (slice_eq(g->dests[i].name, name))
			return g->dests[i].path.len > 0;
	return false;
}
