/* Groups of clients.  Networks become a sorted list of ranges, each with the groups that hold there: networks nest
 * or are disjoint, so one pass with a stack makes it.  See group.h. */
#include "policy/group.h"

#include <stdlib.h>

#define CONTAINS_MAX 2000 /* networks; beyond it groups_contains() is not worth its time */

void
groups_init(struct groups *groups)
{
	*groups = (struct groups){.names = {SLICE("everyone")}, .count = 1};
	map_init(&groups->macs);
	map_init(&groups->users);
}

void
groups_release(struct groups *groups)
{
	map_release(&groups->macs);
	map_release(&groups->users);
	free(groups->nets);
	groups->nets = NULL;
}

int
groups_find(const struct groups *groups, struct slice name)
{
	for (unsigned i = 0; i < groups->count; i++)
		if (slice_eq(groups->names[i], name))
			return (int)i;
	return -1;
}

int
groups_add(struct groups *groups, struct slice name)
{
	if (groups->count == GROUPS_MAX)
		return -1;
	groups->names[groups->count] = name;
	return (int)groups->count++;
}

bool
groups_add_net(struct groups *groups, unsigned group, const struct prefix *prefix)
{
	if (groups->net_count == groups->net_capacity) {
		size_t capacity = groups->net_capacity ? groups->net_capacity * 2 : 16;
		struct group_net *grown;

		if (capacity > GROUP_MEMBERS_MAX * 2)
			return false;
		grown = realloc(groups->nets, capacity * sizeof *grown);
		if (grown == NULL)
			return false;
		groups->nets = grown;
		groups->net_capacity = capacity;
	}
	groups->nets[groups->net_count++] = (struct group_net){*prefix, (uint16_t)group};
	return true;
}

static bool
add_member(struct groups *groups, struct map *map, unsigned group, struct slice key, struct arena *arena)
{
	struct group_member *member = map_get(map, key);

	if (member == NULL) {
		if (groups->member_count++ == GROUP_MEMBERS_MAX)
			return false;
		member = arena_zalloc(arena, sizeof *member);
		if (member == NULL)
			return false;
		member->key = arena_copy(arena, key);
		if (member->key.ptr == NULL || !map_put(map, member->key, member))
			return false;
	}
	group_set_add(&member->groups, group);
	return true;
}

bool
groups_add_mac(struct groups *groups, unsigned group, const uint8_t mac[6], struct arena *arena)
{
	group_set_add(&groups->by_mac, group);
	return add_member(groups, &groups->macs, group, slice_make(mac, 6), arena);
}

bool
groups_add_user(struct groups *groups, unsigned group, struct slice name, struct arena *arena)
{
	group_set_add(&groups->by_user, group);
	return add_member(groups, &groups->users, group, name, arena);
}

static int
compare_addr(const struct addr *a, const struct addr *b)
{
	return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* By first address, the wider network first. */
static int
compare_nets(const void *a, const void *b)
{
	const struct group_net *x = a, *y = b;
	int order = compare_addr(&x->prefix.addr, &y->prefix.addr);

	return order ? order : (int)x->prefix.bits - (int)y->prefix.bits;
}

/* The first address behind a network; false where there is none. */
static bool
next_addr(const struct prefix *prefix, struct addr *next)
{
	*next = prefix->addr;
	if (prefix->bits == 0)
		return false;
	for (int bit = prefix->bits - 1; bit >= 0; bit--) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		next->bytes[bit / 8] ^= mask;
		if (next->bytes[bit / 8] & mask)
			return true;
	}
	return false;
}

static void
add_range(struct groups *groups, const struct addr *from, const struct group_set *set)
{
	struct group_range *last = groups->range_count ? &groups->ranges[groups->range_count - 1] : NULL;

	if (last && compare_addr(&last->from, from) == 0)
		last->groups = *set;
	else if (last == NULL || memcmp(&last->groups, set, sizeof *set) != 0)
		groups->ranges[groups->range_count++] = (struct group_range){*from, *set};
}

bool
groups_finish(struct groups *groups, struct arena *arena)
{
	/* The networks around the current address, the widest first; at most one for each prefix length matters. */
	struct {
		struct prefix prefix;
		struct group_set set;
	} around[130];
	struct group_set none = {{0}};
	size_t depth = 0;

	if (groups->net_count)
		qsort(groups->nets, groups->net_count, sizeof *groups->nets, compare_nets);
	groups->ranges = arena_alloc(arena, (groups->net_count * 2 + 1) * sizeof *groups->ranges);
	if (groups->ranges == NULL)
		return false;
	for (size_t i = 0; i <= groups->net_count; i++) {
		const struct group_net *net = i < groups->net_count ? &groups->nets[i] : NULL;
		struct addr end;

		/* Leave the networks that ended before this one begins. */
		while (depth && (net == NULL || !prefix_contains(&around[depth - 1].prefix, &net->prefix.addr))) {
			depth--;
			if (next_addr(&around[depth].prefix, &end))
				add_range(groups, &end, depth ? &around[depth - 1].set : &none);
		}
		if (net == NULL)
			break;
		if (depth == 0 || around[depth - 1].prefix.bits != net->prefix.bits) {
			around[depth].prefix = net->prefix;
			around[depth].set = depth ? around[depth - 1].set : none;
			depth++;
		}
		group_set_add(&around[depth - 1].set, net->group);
		add_range(groups, &net->prefix.addr, &around[depth - 1].set);
	}
	return true;
}

/* The last range that begins at the address or before it. */
static const struct group_set *
find_range(const struct groups *groups, const struct addr *addr)
{
	size_t low = 0, high = groups->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_addr(&groups->ranges[middle].from, addr) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &groups->ranges[low - 1].groups : NULL;
}

static void
unite(struct group_set *set, const struct group_set *more)
{
	for (unsigned i = 0; i < GROUPS_MAX / 64; i++)
		set->words[i] |= more->words[i];
}

void
groups_of(const struct groups *groups, const struct facts *facts, struct group_set *sure, struct group_set *maybe)
{
	const struct group_member *member;
	const struct group_set *range;

	*sure = *maybe = (struct group_set){{0}};
	group_set_add(sure, GROUP_EVERYONE);
	if (!fact_is_known(facts, FACT_CLIENT))
		memset(maybe, 0xff, sizeof *maybe);
	else if ((range = find_range(groups, &facts->client)) != NULL)
		unite(sure, range);
	if (!fact_is_known(facts, FACT_MAC))
		unite(maybe, &groups->by_mac);
	else if (groups->macs.count && (member = map_get(&groups->macs, slice_make(facts->mac, 6))) != NULL)
		unite(sure, &member->groups);
	if (!fact_is_known(facts, FACT_USER))
		unite(maybe, &groups->by_user);
	else if (groups->users.count)
		for (size_t i = 0; i < facts->user_count; i++)
			if ((member = map_get(&groups->users, facts->users[i])) != NULL)
				unite(sure, &member->groups);
}

static bool
is_in_group(const struct groups *groups, unsigned group, const struct prefix *inner)
{
	for (size_t i = 0; i < groups->net_count; i++)
		if (groups->nets[i].group == group && prefix_covers(&groups->nets[i].prefix, inner))
			return true;
	return false;
}

/* Whether all MAC addresses of the one group are the other's too. */
static bool
contains_macs(const struct groups *groups, unsigned outer, unsigned inner)
{
	const struct map_entry *entry;
	size_t at = 0;

	while (group_set_has(&groups->by_mac, inner) && (entry = map_next(&groups->macs, &at)) != NULL) {
		const struct group_member *member = entry->value;

		if (group_set_has(&member->groups, inner) && !group_set_has(&member->groups, outer))
			return false;
	}
	return true;
}

bool
groups_contains(const struct groups *groups, unsigned outer, unsigned inner)
{
	if (outer == inner || outer == GROUP_EVERYONE)
		return true;
	if (inner == GROUP_EVERYONE || group_set_has(&groups->by_user, inner) || groups->net_count > CONTAINS_MAX ||
		!contains_macs(groups, outer, inner))
		return false;
	for (size_t i = 0; i < groups->net_count; i++)
		if (groups->nets[i].group == inner && !is_in_group(groups, outer, &groups->nets[i].prefix))
			return false;
	return true;
}

static bool
has_net(const struct groups *groups, unsigned group)
{
	for (size_t i = 0; i < groups->net_count; i++)
		if (groups->nets[i].group == group)
			return true;
	return false;
}

bool
groups_is_empty(const struct groups *groups, unsigned group)
{
	return group != GROUP_EVERYONE && !group_set_has(&groups->by_mac, group) &&
	       !group_set_has(&groups->by_user, group) && !has_net(groups, group);
}

bool
groups_are_disjoint(const struct groups *groups, unsigned a, unsigned b)
{
	const unsigned both[] = {a, b};

	for (size_t i = 0; i < 2; i++)
		if (both[i] == GROUP_EVERYONE || group_set_has(&groups->by_mac, both[i]) ||
			group_set_has(&groups->by_user, both[i]))
			return false;
	if (a == b || groups->net_count > CONTAINS_MAX)
		return false;
	for (size_t i = 0; i < groups->net_count; i++)
		for (size_t k = 0; groups->nets[i].group == a && k < groups->net_count; k++)
			if (groups->nets[k].group == b &&
				(prefix_covers(&groups->nets[i].prefix, &groups->nets[k].prefix) ||
					prefix_covers(&groups->nets[k].prefix, &groups->nets[i].prefix)))
				return false;
	return true;
}

bool
mac_parse(struct slice text, uint8_t mac[6])
{
	if (text.len != 17)
		return false;
	for (unsigned i = 0; i < 6; i++) {
		int high = ascii_hex_value(text.ptr[i * 3]), low = ascii_hex_value(text.ptr[i * 3 + 1]);

		if (high < 0 || low < 0 || (i < 5 && text.ptr[i * 3 + 2] != ':' && text.ptr[i * 3 + 2] != '-'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
