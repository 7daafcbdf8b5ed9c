/* The description of our rules as nf_tables messages.  See rules_netlink.h. */
#include "intercept/rules_netlink.h"

#include "intercept/rules_expr.h"

#include <arpa/inet.h>
#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/set.h>
#include <libnftnl/table.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#define TABLE_F_OWNER 0x2 /* since Linux 5.12 */

/* nft's numbers for data types: the kernel keeps them for whoever lists the set; a concatenation is six bits each. */
enum { TYPE_IPV4_ADDR = 7, TYPE_IPV6_ADDR = 8, TYPE_INET_SERVICE = 13, TYPE_IFNAME = 41 };
#define TYPE_PAIR(a, b) ((a) << 6 | (b))

static const struct {
	uint32_t type;
	uint32_t len;
} keys[] = {
	[RULES_INTERFACE] = {TYPE_IFNAME, IFNAMSIZ},
	[RULES_PORT] = {TYPE_INET_SERVICE, 2},
	[RULES_NET_V4] = {TYPE_IPV4_ADDR, 4},
	[RULES_NET_V6] = {TYPE_IPV6_ADDR, 16},
	[RULES_TO_V4] = {TYPE_PAIR(TYPE_IPV4_ADDR, TYPE_INET_SERVICE), 8},
	[RULES_TO_V6] = {TYPE_PAIR(TYPE_IPV6_ADDR, TYPE_INET_SERVICE), 20},
	[RULES_FROM_TO_V4] = {TYPE_PAIR(TYPE_PAIR(TYPE_IPV4_ADDR, TYPE_IPV4_ADDR), TYPE_INET_SERVICE), 12},
	[RULES_FROM_TO_V6] = {TYPE_PAIR(TYPE_PAIR(TYPE_IPV6_ADDR, TYPE_IPV6_ADDR), TYPE_INET_SERVICE), 36},
};

static bool
put_table(struct nft_batch *batch, uint16_t type, const char *name, bool is_owned)
{
	struct nftnl_table *t = nftnl_table_alloc();
	uint16_t flags = type == NFT_MSG_NEWTABLE ? NLM_F_CREATE : 0;

	if (t == NULL)
		return false;
	nftnl_table_set_str(t, NFTNL_TABLE_NAME, name);
	if (is_owned)
		nftnl_table_set_u32(t, NFTNL_TABLE_FLAGS, TABLE_F_OWNER);
	nftnl_table_nlmsg_build_payload(nft_batch_add(batch, type, flags, "table", name), t);
	nftnl_table_free(t);
	return true;
}

/* Deletes every rule of a table. */
static void
put_flush(struct nft_batch *batch, const char *table)
{
	struct nlmsghdr *message = nft_batch_add(batch, NFT_MSG_DELRULE, 0, "the rules of table", table);

	mnl_attr_put_strz(message, NFTA_RULE_TABLE, table);
}

static void
delete_chain(struct nft_batch *batch, const char *table, const char *name)
{
	struct nlmsghdr *message = nft_batch_add(batch, NFT_MSG_DELCHAIN, 0, "former chain", name);

	mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, table);
	mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name);
}

static void
delete_set(struct nft_batch *batch, const char *table, const char *name)
{
	struct nlmsghdr *message = nft_batch_add(batch, NFT_MSG_DELSET, 0, "former set", name);

	mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_NAME, name);
}

/* Without this nft takes the names in a set for big-endian numbers when it lists them. */
static void
set_host_byte_order(struct nftnl_set *s)
{
	enum { HOST_ENDIAN = 1 }; /* nft's number for it */
	struct nftnl_udata_buf *note = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);

	if (note == NULL)
		return; /* a listing that reads badly harms nothing */
	nftnl_udata_put_u32(note, NFTNL_UDATA_SET_KEYBYTEORDER, HOST_ENDIAN);
	nftnl_set_set_data(s, NFTNL_SET_USERDATA, nftnl_udata_buf_data(note), nftnl_udata_buf_len(note));
	nftnl_udata_buf_free(note);
}

static bool
is_net(const struct rules_set *set)
{
	return set->key == RULES_NET_V4 || set->key == RULES_NET_V6;
}

static bool
put_set(struct nft_batch *batch, const char *table, const struct rules_set *set, uint32_t id)
{
	struct nftnl_set *s = nftnl_set_alloc();

	if (s == NULL)
		return false;
	nftnl_set_set_str(s, NFTNL_SET_TABLE, table);
	nftnl_set_set_str(s, NFTNL_SET_NAME, set->name);
	nftnl_set_set_u32(s, NFTNL_SET_FAMILY, NFPROTO_INET);
	nftnl_set_set_u32(s, NFTNL_SET_ID, id);
	nftnl_set_set_u32(
		s, NFTNL_SET_FLAGS, (set->has_timeout ? NFT_SET_TIMEOUT : 0) | (is_net(set) ? NFT_SET_INTERVAL : 0));
	nftnl_set_set_u32(s, NFTNL_SET_KEY_TYPE, keys[set->key].type);
	nftnl_set_set_u32(s, NFTNL_SET_KEY_LEN, keys[set->key].len);
	if (set->key == RULES_INTERFACE)
		set_host_byte_order(s);
	if (set->key >= RULES_TO_V4)
		nftnl_set_set_u32(s, NFTNL_SET_DESC_SIZE, RULES_BYPASS_SIZE);
	nftnl_set_nlmsg_build_payload(nft_batch_add(batch, NFT_MSG_NEWSET, NLM_F_CREATE, "set", set->name), s);
	nftnl_set_free(s);
	return true;
}

static bool
add_element(struct nftnl_set *s, const void *key, uint32_t len, uint64_t timeout_ms, uint32_t flags)
{
	struct nftnl_set_elem *e = nftnl_set_elem_alloc();

	if (e == NULL)
		return false;
	nftnl_set_elem_set(e, NFTNL_SET_ELEM_KEY, key, len);
	if (flags)
		nftnl_set_elem_set_u32(e, NFTNL_SET_ELEM_FLAGS, flags);
	if (timeout_ms)
		nftnl_set_elem_set_u64(e, NFTNL_SET_ELEM_TIMEOUT, timeout_ms);
	nftnl_set_elem_add(s, e);
	return true;
}

static bool
add_interfaces(struct nftnl_set *s, const struct steering *steering)
{
	for (size_t i = 0; i < steering->interface_count; i++) {
		char key[IFNAMSIZ] = {0};

		memcpy(key, steering->interfaces[i], strlen(steering->interfaces[i]));
		if (!add_element(s, key, sizeof key, 0, 0))
			return false;
	}
	return true;
}

static bool
add_ports(struct nftnl_set *s, const struct steering *steering, uint64_t timeout_ms)
{
	for (size_t i = 0; i < steering->port_count; i++) {
		uint16_t port = htons(steering->ports[i]);

		if (!add_element(s, &port, sizeof port, timeout_ms, 0))
			return false;
	}
	return true;
}

/* The address behind the last of a prefix; false where that is the end of the family. */
static bool
end_of_prefix(const struct prefix *p, struct addr *end)
{
	size_t first = steering_prefix_is_v4(p) ? 12 : 0;
	unsigned carry = 1;

	*end = p->addr;
	for (unsigned bit = p->bits; bit < 128; bit++)
		end->bytes[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	for (size_t i = 16; i > first && carry; i--) {
		carry += end->bytes[i - 1];
		end->bytes[i - 1] = (uint8_t)carry;
		carry >>= 8;
	}
	return carry == 0;
}

/* An interval is the element where it begins, and one where it has ended. */
static bool
add_excludes(struct nftnl_set *s, const struct steering *steering, bool v4)
{
	size_t skip = v4 ? 12 : 0, len = 16 - skip;

	for (size_t i = 0; i < steering->exclude_count; i++) {
		const struct prefix *p = &steering->excludes[i];
		struct addr end;

		if (steering_prefix_is_v4(p) != v4)
			continue;
		if (!add_element(s, p->addr.bytes + skip, (uint32_t)len, 0, 0))
			return false;
		if (end_of_prefix(p, &end) &&
			!add_element(s, end.bytes + skip, (uint32_t)len, 0, NFT_SET_ELEM_INTERVAL_END))
			return false;
	}
	return true;
}

static bool
add_elements(struct nftnl_set *s, const struct rules_set *set, const struct steering *steering)
{
	if (set->key == RULES_INTERFACE)
		return add_interfaces(s, steering);
	if (set->key == RULES_PORT)
		return add_ports(s, steering, set->has_timeout ? steering->dead_man_ms : 0);
	return add_excludes(s, steering, set->key == RULES_NET_V4);
}

static int
see_element(struct nftnl_set_elem *element, void *seen)
{
	*(bool *)seen = true;
	return -1;
}

static bool
is_empty(struct nftnl_set *s)
{
	bool seen = false;

	nftnl_set_elem_foreach(s, see_element, &seen);
	return !seen;
}

/* One message about all the elements that the steering gives a set. */
static bool
put_elements(struct nft_batch *batch, uint16_t type, const char *table, const struct rules_set *set,
	const struct steering *steering)
{
	struct nftnl_set *s = nftnl_set_alloc();
	uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
	bool ok;

	if (s == NULL)
		return false;
	nftnl_set_set_str(s, NFTNL_SET_TABLE, table);
	nftnl_set_set_str(s, NFTNL_SET_NAME, set->name);
	ok = add_elements(s, set, steering);
	if (ok && !is_empty(s)) /* the kernel takes a list of none for a mistake */
		nftnl_set_elems_nlmsg_build_payload(nft_batch_add(batch, type, flags, "elements of set", set->name), s);
	nftnl_set_free(s);
	return ok;
}

/* Empties a set that may or may not have been there. */
static void
put_set_flush(struct nft_batch *batch, const char *table, const char *name)
{
	struct nlmsghdr *message = nft_batch_add(batch, NFT_MSG_DELSETELEM, 0, "former elements of set", name);

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, name);
}

static bool
put_chain(struct nft_batch *batch, const char *table, const struct rules_chain *chain)
{
	struct nftnl_chain *c = nftnl_chain_alloc();

	if (c == NULL)
		return false;
	nftnl_chain_set_str(c, NFTNL_CHAIN_TABLE, table);
	nftnl_chain_set_str(c, NFTNL_CHAIN_NAME, chain->name);
	if (chain->type) {
		nftnl_chain_set_str(c, NFTNL_CHAIN_TYPE, chain->type);
		nftnl_chain_set_u32(c, NFTNL_CHAIN_HOOKNUM, chain->hook);
		nftnl_chain_set_s32(c, NFTNL_CHAIN_PRIO, chain->priority);
		nftnl_chain_set_u32(c, NFTNL_CHAIN_POLICY, NF_ACCEPT);
	}
	nftnl_chain_nlmsg_build_payload(nft_batch_add(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE, "chain", chain->name), c);
	nftnl_chain_free(c);
	return true;
}

static bool
put_rules(struct nft_batch *batch, const char *table, const struct rules_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		static const char *const labels[] = {"rule 1 of chain", "rule 2 of chain", "rule 3 of chain",
			"rule 4 of chain", "rule 5 of chain", "rule 6 of chain", "rule 7 of chain", "rule 8 of chain",
			"rule 9 of chain", "rule 10 of chain", "rule 11 of chain", "rule 12 of chain"};
		struct nftnl_rule *r = rules_expr_build(table, chain->name, &chain->rules[i]);

		_Static_assert(sizeof labels / sizeof labels[0] == RULES_MAX, "every rule has a label");
		if (r == NULL)
			return false;
		nftnl_rule_nlmsg_build_payload(
			nft_batch_add(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, labels[i], chain->name), r);
		nftnl_rule_free(r);
	}
	return true;
}

static const struct rules_table *
find_table(const struct rules *rules, const char *name)
{
	for (size_t i = 0; rules && i < rules->count; i++)
		if (strcmp(rules->tables[i].name, name) == 0)
			return &rules->tables[i];
	return NULL;
}

static bool
has_chain(const struct rules_table *table, const char *name)
{
	for (size_t i = 0; i < table->chain_count; i++)
		if (strcmp(table->chains[i].name, name) == 0)
			return true;
	return false;
}

static bool
has_set(const struct rules_table *table, const char *name)
{
	for (size_t i = 0; i < table->set_count; i++)
		if (strcmp(table->sets[i].name, name) == 0)
			return true;
	return false;
}

/* Deletes what the former table had and this one has not.  Its rules are gone already. */
static void
delete_former(struct nft_batch *batch, const struct rules_table *table, const struct rules_table *former)
{
	/* The last first: a chain that is jumped to comes before those that jump. */
	for (size_t i = former->chain_count; i > 0; i--)
		if (!has_chain(table, former->chains[i - 1].name))
			delete_chain(batch, table->name, former->chains[i - 1].name);
	for (size_t i = 0; i < former->set_count; i++)
		if (!has_set(table, former->sets[i].name))
			delete_set(batch, table->name, former->sets[i].name);
}

static bool
put_contents(struct nft_batch *batch, const struct rules_table *table, const struct steering *steering)
{
	for (size_t i = 0; i < table->set_count; i++) {
		const struct rules_set *set = &table->sets[i];

		if (!put_set(batch, table->name, set, (uint32_t)i + 1))
			return false;
		if (set->key >= RULES_TO_V4)
			continue; /* what was let pass stays so */
		put_set_flush(batch, table->name, set->name);
		if (!put_elements(batch, NFT_MSG_NEWSETELEM, table->name, set, steering))
			return false;
	}
	for (size_t i = 0; i < table->chain_count; i++)
		if (!put_chain(batch, table->name, &table->chains[i]))
			return false;
	for (size_t i = 0; i < table->chain_count; i++)
		if (!put_rules(batch, table->name, &table->chains[i]))
			return false;
	return true;
}

bool
rules_put(struct nft_batch *batch, const struct rules *rules, const struct rules *former)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rules_table *table = &rules->tables[i], *old = find_table(former, table->name);

		/* Unknown contents may clash; our own are replaced piece by piece, to keep elements and NAT hooks. */
		if (old == NULL && !rules_delete_table(batch, table->name, table->is_owned))
			return false;
		if (!put_table(batch, NFT_MSG_NEWTABLE, table->name, table->is_owned))
			return false;
		put_flush(batch, table->name);
		if (old)
			delete_former(batch, table, old);
		if (!put_contents(batch, table, &rules->steering))
			return false;
	}
	return true;
}

bool
rules_delete_table(struct nft_batch *batch, const char *name, bool is_owned)
{
	return put_table(batch, NFT_MSG_NEWTABLE, name, is_owned) && put_table(batch, NFT_MSG_DELTABLE, name, false);
}

bool
rules_refresh_ports(struct nft_batch *batch, const struct rules *rules)
{
	static const struct rules_set set = {rules_set_alive, RULES_PORT, true};
	const char *table = rules->tables[0].name;

	/* Adding what is there does not extend it, and deleting what has expired fails; so all three. */
	return put_elements(batch, NFT_MSG_NEWSETELEM, table, &set, &rules->steering) &&
	       put_elements(batch, NFT_MSG_DELSETELEM, table, &set, &rules->steering) &&
	       put_elements(batch, NFT_MSG_NEWSETELEM, table, &set, &rules->steering);
}
