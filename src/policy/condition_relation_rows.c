/* Relations of two conditions of one kind, both without their `not`: a row for each kind.  See condition_relation.h. */
#include "policy/condition_relation.h"

#include "policy/condition_text.h"

/* ---- texts and bounds, which several kinds have ---- */

static bool
is_open(struct slice item)
{
	return slice_ends_with(item, SLICE("*"));
}

static bool
starts_with(struct slice text, struct slice start, bool ignore_case)
{
	return ignore_case ? slice_starts_with_nocase(text, start) : slice_starts_with(text, start);
}

/* Whether the texts match whatever the item (with * at its end: whatever begins like it) matches. */
static bool
texts_cover(const struct condition_texts *texts, struct slice item, bool ignore_case)
{
	struct condition_texts plain = {.items = texts->items, .count = texts->count};

	/* Patterns know no case but their own. */
	if (!is_open(item))
		return condition_texts_match(ignore_case ? &plain : texts, item, ignore_case);
	item.len--;
	for (size_t i = 0; i < texts->count; i++)
		if (is_open(texts->items[i]) &&
			starts_with(item, slice_sub(texts->items[i], 0, texts->items[i].len - 1), ignore_case))
			return true;
	return false;
}

static bool
texts_imply(const struct condition_texts *a, const struct condition_texts *b, bool ignore_case)
{
	if (a->pattern_count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!texts_cover(b, a->items[i], ignore_case))
			return false;
	return true;
}

static bool
items_meet(struct slice a, struct slice b)
{
	struct slice start_a = slice_sub(a, 0, a.len - is_open(a)), start_b = slice_sub(b, 0, b.len - is_open(b));

	if (is_open(a) && is_open(b))
		return slice_starts_with(start_a, start_b) || slice_starts_with(start_b, start_a);
	if (is_open(a))
		return slice_starts_with(b, start_a);
	return is_open(b) ? slice_starts_with(a, start_b) : slice_eq(a, b);
}

/* Of a fact with one value: whether no value matches both. */
static bool
texts_exclude(const struct condition_texts *a, const struct condition_texts *b)
{
	if (a->pattern_count || b->pattern_count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++)
			if (items_meet(a->items[i], b->items[k]))
				return false;
	return true;
}

static bool
bound_implies(bool a_is_over, uint64_t a, bool b_is_over, uint64_t b)
{
	return a_is_over == b_is_over && (a_is_over ? a >= b : a <= b);
}

/* `over 5` and `under 6` leave no whole number. */
static bool
bound_excludes(bool a_is_over, uint64_t a, bool b_is_over, uint64_t b)
{
	return a_is_over != b_is_over && (a_is_over ? b == 0 || a >= b - 1 : a == 0 || b >= a - 1);
}

/* ---- what is known of the connection ---- */

/* A host by itself is asked of the patterns of hosts. */
static bool
site_is_covered(const struct policy *policy, const struct site_entry *entry, const struct condition *b)
{
	return sites_cover(&policy->sites, b->site.names.condition, entry) ||
	       (!entry->is_below && condition_texts_match(&b->site.host, entry->host, false));
}

bool
condition_implies_site(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	if (a->site.host.pattern_count || a->site.url.pattern_count)
		return false;
	for (const struct site_entry *e = a->site.names.first; e; e = e->other)
		if (!site_is_covered(policy, e, b))
			return false;
	return true;
}

static bool
site_meets(const struct policy *policy, const struct site_entry *entry, const struct condition *b)
{
	if (b->site.host.pattern_count && (entry->is_below || condition_texts_match(&b->site.host, entry->host, false)))
		return true;
	for (const struct site_entry *other = b->site.names.first; other; other = other->other)
		if (site_entries_meet(entry, other))
			return true;
	return false;
}

#define SITES_COMPARED_MAX 100000 /* pairs of names */

bool
condition_excludes_site(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	size_t names_a = 0, names_b = 0;

	if (a->site.host.pattern_count || a->site.url.pattern_count || b->site.url.pattern_count)
		return false;
	for (const struct site_entry *e = a->site.names.first; e; e = e->other)
		names_a++;
	for (const struct site_entry *e = b->site.names.first; e; e = e->other)
		names_b++;
	if (names_a > SITES_COMPARED_MAX / (names_b + 1))
		return false;
	for (const struct site_entry *e = a->site.names.first; e; e = e->other)
		if (site_meets(policy, e, b))
			return false;
	return true;
}

static bool
has_category(const struct condition *condition, unsigned number)
{
	return number / 64 < condition->category.words && condition->category.mask[number / 64] >> (number % 64) & 1;
}

/* Whether it names the category by another name. */
static bool
has_alias(const struct policy *policy, const struct condition *condition, unsigned number)
{
	for (unsigned i = 0; i < policy->name_counts[NAME_CATEGORY]; i++)
		if (policy->categories[i].same_as == policy->categories[number].same_as && has_category(condition, i))
			return true;
	return false;
}

bool
condition_implies_category(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (unsigned i = 0; i < a->category.words * 64; i++)
		if (has_category(a, i) && !has_category(b, i) && !has_alias(policy, b, i))
			return false;
	return true;
}

/* The last port of the ranges that go on from one to the next; from - 1 where it is in none. */
static unsigned
ports_reach(const struct condition *condition, unsigned from)
{
	unsigned reached = from - 1;

	for (size_t i = 0; i < condition->port.count;) {
		const struct condition_port *range = &condition->port.ranges[i++];

		if (range->from <= reached + 1 && range->to > reached) {
			reached = range->to;
			i = 0; /* an earlier one may begin there */
		}
	}
	return reached;
}

bool
condition_implies_port(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->port.count; i++)
		if (ports_reach(b, a->port.ranges[i].from) < a->port.ranges[i].to)
			return false;
	return true;
}

bool
condition_excludes_port(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->port.count; i++)
		for (size_t k = 0; k < b->port.count; k++)
			if (a->port.ranges[i].from <= b->port.ranges[k].to &&
				b->port.ranges[k].from <= a->port.ranges[i].to)
				return false;
	return true;
}

bool
condition_implies_destination(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->destination.count; i++) {
		bool is_inside = false;

		for (size_t k = 0; k < b->destination.count && !is_inside; k++)
			is_inside = prefix_covers(&b->destination.prefixes[k], &a->destination.prefixes[i]);
		if (!is_inside)
			return false;
	}
	return true;
}

bool
condition_excludes_destination(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->destination.count; i++)
		for (size_t k = 0; k < b->destination.count; k++)
			if (prefix_covers(&b->destination.prefixes[k], &a->destination.prefixes[i]) ||
				prefix_covers(&a->destination.prefixes[i], &b->destination.prefixes[k]))
				return false;
	return true;
}

/* The next group of the set from a number on; GROUPS_MAX behind the last. */
static unsigned
next_group(const struct group_set *set, unsigned from)
{
	while (from < GROUPS_MAX && !group_set_has(set, from))
		from += set->words[from / 64] >> (from % 64) ? 1 : 64 - from % 64;
	return from;
}

static bool
is_group_within(const struct groups *groups, unsigned inner, const struct group_set *outer)
{
	for (unsigned g = next_group(outer, 0); g < GROUPS_MAX; g = next_group(outer, g + 1))
		if (groups_contains(groups, g, inner))
			return true;
	return false;
}

bool
condition_implies_client(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (unsigned g = next_group(&a->groups, 0); g < GROUPS_MAX; g = next_group(&a->groups, g + 1))
		if (!group_set_has(&b->groups, g) && !is_group_within(&policy->groups, g, &b->groups))
			return false;
	return true;
}

bool
condition_excludes_client(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (unsigned g = next_group(&a->groups, 0); g < GROUPS_MAX; g = next_group(&a->groups, g + 1))
		for (unsigned k = next_group(&b->groups, 0); k < GROUPS_MAX; k = next_group(&b->groups, k + 1))
			if (!groups_are_disjoint(&policy->groups, g, k))
				return false;
	return true;
}

bool
condition_implies_protocol(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return !(a->protocol.transports & ~b->protocol.transports) &&
	       !(a->protocol.applications & ~b->protocol.applications);
}

/* One version of HTTP is spoken; WebSocket and gRPC go with any. */
bool
condition_excludes_protocol(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	const uint32_t versions = APPLICATION_HTTP1 | APPLICATION_HTTP2 | APPLICATION_HTTP3;

	if ((a->protocol.applications | b->protocol.applications) == 0)
		return !(a->protocol.transports & b->protocol.transports);
	return !((a->protocol.applications | b->protocol.applications) & ~versions) &&
	       !(a->protocol.transports | b->protocol.transports) &&
	       !(a->protocol.applications & b->protocol.applications);
}

bool
condition_implies_ja4(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return texts_imply(&a->texts, &b->texts, false);
}

bool
condition_excludes_ja4(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return texts_exclude(&a->texts, &b->texts);
}

/* An issuer that contains the longer text contains the shorter. */
static bool
issuers_imply(const struct condition_texts *a, const struct condition_texts *b)
{
	if (a->pattern_count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		bool is_covered = false;

		for (size_t k = 0; k < b->count && !is_covered; k++)
			is_covered = condition_contains_nocase(a->items[i], b->items[k]);
		if (!is_covered)
			return false;
	}
	return true;
}

bool
condition_implies_certificate(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	if (a->certificate.what != b->certificate.what)
		return false;
	switch (a->certificate.what) {
	case CERTIFICATE_ISSUER:
		return issuers_imply(&a->certificate.issuers, &b->certificate.issuers);
	case CERTIFICATE_AGE:
		return bound_implies(a->certificate.is_over, (uint64_t)a->certificate.age, b->certificate.is_over,
			(uint64_t)b->certificate.age);
	case CERTIFICATE_SELF_SIGNED:
		return true;
	}
	return false;
}

bool
condition_excludes_certificate(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return a->certificate.what == CERTIFICATE_AGE && b->certificate.what == CERTIFICATE_AGE &&
	       bound_excludes(a->certificate.is_over, (uint64_t)a->certificate.age, b->certificate.is_over,
		       (uint64_t)b->certificate.age);
}

bool
condition_implies_suspicious(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return !(a->suspicions & ~b->suspicions);
}

bool
condition_implies_during(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->during.count; i++)
		if (!schedule_lies_in(a->during.schedules[i], b->during.schedules, b->during.count))
			return false;
	return true;
}

bool
condition_excludes_during(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->during.count; i++)
		for (size_t k = 0; k < b->during.count; k++)
			if (!schedule_is_disjoint(a->during.schedules[i], b->during.schedules[k]))
				return false;
	return true;
}

/* ---- what is known of a message ---- */

bool
condition_implies_method(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return texts_imply(&a->texts, &b->texts, false);
}

bool
condition_excludes_method(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return texts_exclude(&a->texts, &b->texts);
}

/* A field may be there several times, so that values exclude none. */
bool
condition_implies_header(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	const struct condition_texts *have = &a->header.values, *want = &b->header.values;

	if (!slice_eq_nocase(a->header.name, b->header.name))
		return false;
	if (want->count + want->pattern_count == 0)
		return true;
	return have->count + have->pattern_count && texts_imply(have, want, true);
}

/* A body of several parts has several types, so that types exclude none. */
bool
condition_implies_type(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return !(a->type.classes & ~b->type.classes) && texts_imply(&a->type.mimes, &b->type.mimes, true);
}

bool
condition_implies_size(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return bound_implies(a->size.is_over, a->size.bytes, b->size.is_over, b->size.bytes);
}

bool
condition_excludes_size(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return bound_excludes(a->size.is_over, a->size.bytes, b->size.is_over, b->size.bytes);
}

bool
condition_implies_direction(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return a->direction == b->direction;
}

bool
condition_excludes_direction(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return a->direction != b->direction;
}

bool
condition_implies_phrases(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return a->phrases >= b->phrases;
}

bool
condition_implies_topic(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	for (size_t i = 0; i < a->topic.count; i++) {
		bool is_named = false;

		for (size_t k = 0; k < b->topic.count && !is_named; k++)
			is_named = a->topic.numbers[i] == b->topic.numbers[k];
		if (!is_named)
			return false;
	}
	return a->topic.over >= b->topic.over;
}

/* Whether a search for the one text is a search for the other: as `big casino` is one for `casino`. */
static bool
terms_imply(struct slice a, struct slice b)
{
	if (slice_eq(b, SLICE("*")) || slice_eq(a, b))
		return true;
	if (is_open(a))
		return is_open(b) && slice_starts_with(a, slice_sub(b, 0, b.len - 1));
	return condition_terms_contain(a, b);
}

bool
condition_implies_search(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	if (a->search.by_score || b->search.by_score)
		return a->search.by_score && b->search.by_score && a->search.over >= b->search.over;
	for (size_t i = 0; i < a->search.texts.count; i++) {
		bool is_covered = false;

		for (size_t k = 0; k < b->search.texts.count && !is_covered; k++)
			is_covered = terms_imply(a->search.texts.items[i], b->search.texts.items[k]);
		if (!is_covered)
			return false;
	}
	return a->search.texts.pattern_count == 0;
}

bool
condition_implies_unreadable(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return texts_imply(&a->texts, &b->texts, false);
}

bool
condition_excludes_unreadable(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return texts_exclude(&a->texts, &b->texts);
}
