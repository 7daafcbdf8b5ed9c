/* Relations of conditions as rules want them, and what can be said of one alone.  The rows of the single kinds are in
 * condition_relation_rows.c.  See condition_relation.h. */
#include "policy/condition_relation.h"

#include "policy/condition_text.h"

#include <stdio.h>

#define JA4_LEN 36 /* t13d1516h2_8daaf6152771_b186095e22b6 */
#define READABLE (1u << TRANSPORT_TLS | 1u << TRANSPORT_HTTP)
#define ALL_TRANSPORTS (READABLE | 1u << TRANSPORT_OTHER)

/* Written with the same values, and so true of the same. */
static bool
is_alike(const struct condition *a, const struct condition *b)
{
	return a->kind == b->kind && slice_eq(a->values, b->values);
}

/* Without `not` on either side. */
static bool
implies_plain(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return is_alike(a, b) || (a->kind->implies && a->kind->implies(policy, a, b));
}

/* A body goes up or comes down: what is not the one is the other. */
static bool
is_the_other_direction(const struct condition *a, const struct condition *b)
{
	return a->kind->evaluate == condition_evaluate_direction && a->direction != b->direction;
}

/* Of conditions of one kind. */
static bool
implies_as_wanted(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	if (!a->is_negated)
		return b->is_negated ? a->kind->excludes && a->kind->excludes(policy, a, b)
				     : implies_plain(policy, a, b);
	return b->is_negated ? implies_plain(policy, b, a) : is_the_other_direction(a, b);
}

bool
condition_implies(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	return (a->kind == b->kind && implies_as_wanted(policy, a, b)) || condition_is_certain(policy, b);
}

bool
condition_contradicts(const struct policy *policy, const struct condition *a, const struct condition *b)
{
	struct condition not_a = *a, not_b = *b;

	not_a.is_negated = !a->is_negated;
	not_b.is_negated = !b->is_negated;
	return condition_implies(policy, a, &not_b) || condition_implies(policy, b, &not_a);
}

/* ---- one condition ---- */

static const char *
times_never_come(const struct condition *condition, char *dst, size_t dst_size)
{
	for (size_t i = 0; i < condition->during.count; i++)
		if (!schedule_is_empty(condition->during.schedules[i]))
			return NULL;
	snprintf(dst, dst_size, "the time \"%.*s\" never comes", SLICE_ARG(condition->during.schedules[0]->name));
	return dst;
}

static const char *
groups_are_empty(const struct policy *policy, const struct condition *condition, char *dst, size_t dst_size)
{
	unsigned last = 0;

	for (unsigned g = 0; g < policy->groups.count; g++) {
		if (!group_set_has(&condition->groups, g))
			continue;
		if (!groups_is_empty(&policy->groups, g))
			return NULL;
		last = g;
	}
	snprintf(dst, dst_size, "the group \"%.*s\" is empty", SLICE_ARG(policy->groups.names[last]));
	return dst;
}

static const char *
categories_are_empty(const struct policy *policy, const struct condition *condition, char *dst, size_t dst_size)
{
	unsigned last = 0;

	for (unsigned i = 0; i < condition->category.words * 64; i++) {
		if (!(condition->category.mask[i / 64] >> (i % 64) & 1))
			continue;
		if (!policy->categories[i].is_empty)
			return NULL;
		last = i;
	}
	snprintf(dst, dst_size, "nothing is listed in the category \"%s\"", policy_name(policy, NAME_CATEGORY, last));
	return dst;
}

/* Of TCP: what begins with q is QUIC's. */
static bool
may_be_ja4(struct slice item)
{
	bool is_open = slice_ends_with(item, SLICE("*"));

	item.len -= is_open;
	if (item.len > JA4_LEN || (!is_open && item.len != JA4_LEN) || (item.len && item.ptr[0] != 't'))
		return false;
	for (size_t i = 0; i < item.len; i++)
		if (i == 10 || i == 23 ? item.ptr[i] != '_'
				       : !ascii_is_digit(item.ptr[i]) && (item.ptr[i] < 'a' || item.ptr[i] > 'z'))
			return false;
	return true;
}

static const char *
is_no_ja4(const struct condition_texts *texts, char *dst, size_t dst_size)
{
	if (texts->pattern_count)
		return NULL;
	for (size_t i = 0; i < texts->count; i++)
		if (may_be_ja4(texts->items[i]))
			return NULL;
	snprintf(dst, dst_size, "no fingerprint of TLS reads \"%.*s\": t13d1516h2_8daaf6152771_b186095e22b6 is one",
		SLICE_ARG(slice_sub(texts->items[0], 0, 40)));
	return dst;
}

const char *
condition_never_holds(const struct policy *policy, const struct condition *condition, char *dst, size_t dst_size)
{
	if (condition->kind->evaluate == condition_evaluate_during)
		return times_never_come(condition, dst, dst_size);
	if (condition->kind->evaluate == condition_evaluate_client)
		return groups_are_empty(policy, condition, dst, dst_size);
	if (condition->kind->evaluate == condition_evaluate_category)
		return categories_are_empty(policy, condition, dst, dst_size);
	if (condition->kind->evaluate == condition_evaluate_ja4)
		return is_no_ja4(&condition->texts, dst, dst_size);
	if (condition->kind->evaluate == condition_evaluate_size && !condition->size.is_over &&
		condition->size.bytes == 0)
		return "nothing is smaller than 0 bytes";
	if (condition->kind->evaluate == condition_evaluate_protocol &&
		!(condition->protocol.transports & ALL_TRANSPORTS) &&
		!(condition->protocol.applications & ~(uint32_t)APPLICATION_HTTP3))
		return "the gateway refuses QUIC, so that clients come by TCP";
	return NULL;
}

bool
condition_always_holds(const struct policy *policy, const struct condition *condition)
{
	static const struct condition_port all_ports = {1, 65535};
	static const struct prefix all_addresses = {.bits = 0};
	struct condition all = *condition;

	if (condition->kind->least == 0)
		return true;
	if (condition->kind->evaluate == condition_evaluate_client)
		return group_set_has(&condition->groups, GROUP_EVERYONE);
	if (condition->kind->evaluate == condition_evaluate_during)
		return schedules_fill_the_week(condition->during.schedules, condition->during.count);
	if (condition->kind->evaluate == condition_evaluate_protocol)
		return (condition->protocol.transports & ALL_TRANSPORTS) == ALL_TRANSPORTS;
	if (condition->kind->evaluate == condition_evaluate_port) {
		all.port.ranges = &all_ports;
		all.port.count = 1;
		return condition_implies_port(policy, &all, condition);
	}
	if (condition->kind->evaluate == condition_evaluate_destination) {
		all.destination.prefixes = &all_addresses;
		all.destination.count = 1;
		return condition_implies_destination(policy, &all, condition);
	}
	return false;
}

bool
condition_is_certain(const struct policy *policy, const struct condition *condition)
{
	char why[160];

	return condition->is_negated ? condition_never_holds(policy, condition, why, sizeof why) != NULL
				     : condition_always_holds(policy, condition);
}

uint32_t
condition_transports(const struct condition *condition)
{
	uint32_t named = condition->facts & (FACT_BIT(FACT_SITE) | FACT_BIT(FACT_SHAPE));

	if (condition->kind->evaluate == condition_evaluate_protocol) {
		uint32_t inside = condition->protocol.applications ? READABLE : 0;

		if (condition->is_negated)
			return (inside ? READABLE : ALL_TRANSPORTS) & ~condition->protocol.transports;
		return (condition->protocol.transports | inside) & ALL_TRANSPORTS;
	}
	/* What has no name is not named otherwise: that is known at once. */
	if (named)
		return condition->is_negated ? ALL_TRANSPORTS : READABLE;
	if (condition->facts & (FACT_BIT(FACT_JA4) | FACT_BIT(FACT_CERTIFICATE)) && !condition->is_negated)
		return 1u << TRANSPORT_TLS;
	/* What is never looked into is never known. */
	return condition->stage > STAGE_CONNECTION ? READABLE : ALL_TRANSPORTS;
}

/* ---- one value of several ---- */

/* Conditions on one of several texts, without a pattern. */
static struct condition_texts *
texts_of(struct condition *condition)
{
	struct condition_texts *texts = &condition->texts;

	if (condition->kind->evaluate != condition_evaluate_method &&
		condition->kind->evaluate != condition_evaluate_ja4 &&
		condition->kind->evaluate != condition_evaluate_unreadable)
		return NULL;
	return texts->pattern_count ? NULL : texts;
}

static unsigned
count_categories(const struct condition *condition)
{
	unsigned count = 0;

	for (size_t i = 0; i < condition->category.words; i++)
		count += (unsigned)__builtin_popcountll(condition->category.mask[i]);
	return count;
}

static unsigned
count_sites(const struct condition *condition)
{
	unsigned count = 0;

	if (condition->site.host.pattern_count || condition->site.url.pattern_count)
		return 0;
	for (const struct site_entry *e = condition->site.names.first; e; e = e->other)
		count++;
	return count;
}

unsigned
condition_count_parts(const struct condition *condition)
{
	struct condition copy = *condition;
	const struct condition_texts *texts = texts_of(&copy);

	if (condition->is_negated)
		return 0;
	if (texts)
		return (unsigned)texts->count;
	if (condition->kind->evaluate == condition_evaluate_category)
		return count_categories(condition);
	if (condition->kind->evaluate == condition_evaluate_site)
		return count_sites(condition);
	if (condition->kind->evaluate == condition_evaluate_port)
		return (unsigned)condition->port.count;
	if (condition->kind->evaluate == condition_evaluate_destination)
		return (unsigned)condition->destination.count;
	if (condition->kind->evaluate == condition_evaluate_during)
		return (unsigned)condition->during.count;
	return 0;
}

static void
take_category(const struct condition *condition, unsigned n, struct condition_part *part)
{
	for (size_t i = 0; i < condition->category.words; i++) {
		uint64_t rest = condition->category.mask[i];

		part->categories[i] = 0;
		for (; rest; rest &= rest - 1)
			if (n-- == 0)
				part->categories[i] = rest & -rest;
	}
	part->condition.category.mask = part->categories;
}

static void
take_site(const struct condition *condition, unsigned n, struct condition_part *part)
{
	const struct site_entry *entry = condition->site.names.first;

	while (n-- > 0)
		entry = entry->other;
	part->site = *entry;
	part->site.other = NULL;
	part->condition.site.names.first = &part->site;
}

void
condition_take_part(const struct condition *condition, unsigned n, struct condition_part *part)
{
	struct condition *one = &part->condition;
	struct condition_texts *texts;

	*one = *condition;
	one->values = SLICE_EMPTY; /* as it is nowhere written */
	texts = texts_of(one);
	if (texts) {
		texts->items += n;
		texts->count = 1;
	} else if (one->kind->evaluate == condition_evaluate_category) {
		take_category(condition, n, part);
	} else if (one->kind->evaluate == condition_evaluate_site) {
		take_site(condition, n, part);
	} else if (one->kind->evaluate == condition_evaluate_port) {
		one->port.ranges += n;
		one->port.count = 1;
	} else if (one->kind->evaluate == condition_evaluate_destination) {
		one->destination.prefixes += n;
		one->destination.count = 1;
	} else if (one->kind->evaluate == condition_evaluate_during) {
		one->during.schedules += n;
		one->during.count = 1;
	}
}
