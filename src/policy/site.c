/* The table of sites.  See site.h. */
#include "policy/site.h"

#include "base/host_name.h"
#include "policy/path.h"

struct site_name {
	struct slice host;
	struct site_entry *entries;
};

void
sites_init(struct sites *sites)
{
	*sites = (struct sites){0};
	map_init(&sites->by_name);
}

void
sites_release(struct sites *sites)
{
	map_release(&sites->by_name);
}

/* An address in the text that the fact has: without brackets, after RFC 5952. */
static bool
canonical_address(struct slice text, char dst[HOST_NAME_LEN_MAX + 1], struct slice *host)
{
	struct addr addr;
	bool has_brackets = slice_starts_with(text, SLICE("[")) && slice_ends_with(text, SLICE("]"));

	if (has_brackets)
		text = slice_sub(text, 1, text.len - 1);
	if (!addr_parse(text, &addr))
		return false;
	*host = slice_of(addr_format(&addr, dst));
	return true;
}

static void
explain_host(struct slice host, const char **error, const char **remedy)
{
	*error = "is no host name";
	*remedy = NULL;
	for (size_t i = 0; i < host.len; i++)
		if ((unsigned char)host.ptr[i] >= 0x80)
			*remedy = "write its xn-- form (idn2 NAME prints it)";
	if (slice_find(host, ':') < host.len)
		*remedy = "leave out the scheme and the port; a port is a condition of its own";
	if (slice_find(host, '*') < host.len)
		*remedy = "*. stands at the very front only; write a pattern (~...) for more";
}

static struct site_name *
name_of(struct sites *sites, struct slice host, struct arena *arena)
{
	struct site_name *name = map_get(&sites->by_name, host);

	if (name)
		return name;
	name = arena_zalloc(arena, sizeof *name);
	if (name == NULL)
		return NULL;
	name->host = arena_copy(arena, host);
	if (name->host.ptr == NULL || !map_put(&sites->by_name, name->host, name))
		return NULL;
	return name;
}

bool
sites_add(struct sites *sites, struct site_names *names, struct slice text, struct arena *arena, const char **error,
	const char **remedy)
{
	bool is_below = slice_starts_with(text, SLICE("*."));
	size_t slash;
	struct slice host, path;
	char canonical[HOST_NAME_LEN_MAX + 1];
	struct site_name *name;
	struct site_entry *entry;

	text = slice_sub(text, is_below ? 2 : 0, text.len);
	slash = slice_find(text, '/');
	host = slice_sub(text, 0, slash);
	path = slice_sub(text, slash, text.len);
	if (!canonical_address(host, canonical, &host) && host_name_read(host, canonical, &host) != HOST_NAME_VALID) {
		explain_host(text, error, remedy);
		return false;
	}
	*error = "is too much: more than 2,000,000 names, or out of memory";
	*remedy = "use a list and its categories";
	if (sites->name_count++ == SITE_NAMES_MAX)
		return false;
	name = name_of(sites, host, arena);
	entry = arena_alloc(arena, sizeof *entry);
	if (name == NULL || entry == NULL)
		return false;
	*entry = (struct site_entry){name->entries, names->first, name->host, SLICE_EMPTY, names->condition, is_below};
	if (path.len) {
		char *normal = arena_alloc(arena, path.len);

		if (normal == NULL)
			return false;
		entry->path = policy_path(path, normal);
		names->has_path = true;
	}
	name->entries = entry;
	names->first = entry;
	return true;
}

static void
set_bit(struct site_bits *bits, unsigned condition)
{
	bits->words[condition / 64] |= UINT64_C(1) << (condition % 64);
}

static void
collect(const struct site_name *name, bool is_below, const struct facts *facts, struct site_bits *sure,
	struct site_bits *maybe)
{
	for (const struct site_entry *entry = name->entries; entry; entry = entry->next) {
		if (entry->is_below != is_below)
			continue;
		if (entry->path.len == 0)
			set_bit(sure, entry->condition);
		else if (!fact_is_known(facts, FACT_PATH))
			set_bit(maybe, entry->condition);
		else if (slice_starts_with(facts->path, entry->path))
			set_bit(sure, entry->condition);
	}
}

void
sites_of(const struct sites *sites, const struct facts *facts, struct site_bits *sure, struct site_bits *maybe)
{
	size_t words = (sites->condition_count + 63) / 64;
	struct slice rest = facts->site;
	const struct site_name *name;

	memset(sure->words, 0, words * sizeof sure->words[0]);
	memset(maybe->words, 0, words * sizeof maybe->words[0]);
	if (rest.len == 0)
		return;
	if ((name = map_get(&sites->by_name, rest)) != NULL)
		collect(name, false, facts, sure, maybe);
	for (;;) {
		size_t dot = slice_find(rest, '.');

		if (dot >= rest.len)
			return;
		rest = slice_sub(rest, dot + 1, rest.len);
		if ((name = map_get(&sites->by_name, rest)) != NULL)
			collect(name, true, facts, sure, maybe);
	}
}

/* Whether `*.` in front of the one host has the other below it. */
static bool
is_below(struct slice host, struct slice above)
{
	return host.len > above.len && slice_ends_with(host, above) && host.ptr[host.len - above.len - 1] == '.';
}

static bool
has_cover(const struct site_name *name, bool as_below, unsigned condition, struct slice path)
{
	for (const struct site_entry *e = name ? name->entries : NULL; e; e = e->next)
		if (e->condition == condition && e->is_below == as_below && slice_starts_with(path, e->path))
			return true;
	return false;
}

bool
sites_cover(const struct sites *sites, unsigned condition, const struct site_entry *entry)
{
	struct slice rest = entry->host;

	if (has_cover(map_get(&sites->by_name, rest), entry->is_below, condition, entry->path))
		return true;
	for (size_t dot; (dot = slice_find(rest, '.')) < rest.len;) {
		rest = slice_sub(rest, dot + 1, rest.len);
		if (has_cover(map_get(&sites->by_name, rest), true, condition, entry->path))
			return true;
	}
	return false;
}

bool
site_entries_meet(const struct site_entry *a, const struct site_entry *b)
{
	bool is_same = a->is_below == b->is_below && slice_eq(a->host, b->host);

	if (!slice_starts_with(a->path, b->path) && !slice_starts_with(b->path, a->path))
		return false;
	return is_same || (b->is_below && is_below(a->host, b->host)) || (a->is_below && is_below(b->host, a->host));
}
