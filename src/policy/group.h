/* Who: named groups of clients, by network, MAC address and user name; one match of the three is enough.
 * All groups are looked up together, once for a walk: the answer is a bit for each group. */
#ifndef SLUICE_POLICY_GROUP_H
#define SLUICE_POLICY_GROUP_H

#include "base/arena.h"
#include "base/map.h"
#include "policy/facts.h"

#define GROUPS_MAX 256
#define GROUP_EVERYONE 0 /* the number of the group that is always there */
#define GROUP_MEMBERS_MAX 1000000

struct group_set {
	uint64_t words[GROUPS_MAX / 64];
};

static inline bool
group_set_has(const struct group_set *set, unsigned group)
{
	return set->words[group / 64] >> (group % 64) & 1;
}

static inline void
group_set_add(struct group_set *set, unsigned group)
{
	set->words[group / 64] |= UINT64_C(1) << (group % 64);
}

/* From an address on, up to the next range, these groups hold. */
struct group_range {
	struct addr from;
	struct group_set groups;
};

struct group_net {
	struct prefix prefix;
	uint16_t group;
};

/* A MAC address or a user name, and the groups that it is in. */
struct group_member {
	struct slice key;
	struct group_set groups;
};

struct groups {
	struct slice names[GROUPS_MAX];
	unsigned count;
	struct group_set by_mac;  /* groups with a MAC address */
	struct group_set by_user; /* groups with a user */
	struct group_range *ranges;
	size_t range_count;
	struct map macs;
	struct map users;
	/* While it is built. */
	struct group_net *nets;
	size_t net_count;
	size_t net_capacity;
	size_t member_count;
};

/* With `everyone` in it. */
void groups_init(struct groups *groups);
void groups_release(struct groups *groups);
/* The number of the group of that name; -1 where there is none. */
int groups_find(const struct groups *groups, struct slice name);
/* A new group; borrows the name.  -1 where there are too many. */
int groups_add(struct groups *groups, struct slice name);
/* Members; each returns false when memory or a limit forbids it.  Keys are copied to the arena. */
bool groups_add_net(struct groups *groups, unsigned group, const struct prefix *prefix);
bool groups_add_mac(struct groups *groups, unsigned group, const uint8_t mac[6], struct arena *arena);
bool groups_add_user(struct groups *groups, unsigned group, struct slice name, struct arena *arena);
/* Call once after the last member: makes the networks searchable. */
bool groups_finish(struct groups *groups, struct arena *arena);

/* The groups that the client surely is in, and those that it may be in once more is known. */
void groups_of(const struct groups *groups, const struct facts *facts, struct group_set *sure, struct group_set *maybe);
/* Whether every network of `inner` lies in one of `outer`, and so on with its MAC addresses; never where it has users,
 * who come from files.  For messages only: it may answer false where nobody would wait for the true answer. */
bool groups_contains(const struct groups *groups, unsigned outer, unsigned inner);
/* Whether the group has no member of any kind; who is in its files of users may change. */
bool groups_is_empty(const struct groups *groups, unsigned group);
/* Whether nobody is in both, which is sure of networks only.  For messages, as groups_contains(). */
bool groups_are_disjoint(const struct groups *groups, unsigned a, unsigned b);
/* "02:00:00:aa:bb:cc", colons or dashes. */
bool mac_parse(struct slice text, uint8_t mac[6]);

#endif
