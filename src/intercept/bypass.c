/* Destinations that are let pass.  See bypass.h. */
#include "intercept/bypass.h"

#include "intercept/nft_batch.h"
#include "intercept/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>

#define KEY_MAX 36 /* two IPv6 addresses and a port, each field a multiple of 4 bytes */

struct element {
	const char *set;
	uint8_t key[KEY_MAX];
	size_t len;
};

static void
append_addr(struct element *e, const struct addr *addr)
{
	size_t skip = addr_is_v4(addr) ? 12 : 0;

	memcpy(e->key + e->len, addr->bytes + skip, 16 - skip);
	e->len += 16 - skip;
}

static bool
element_of(const struct bypass *b, struct element *e)
{
	bool v4 = addr_is_v4(&b->to.addr);
	uint16_t port = htons(b->to.port);

	if (b->has_from && addr_is_v4(&b->from) != v4)
		return false;
	*e = (struct element){.len = 0};
	if (b->has_from)
		append_addr(e, &b->from);
	append_addr(e, &b->to.addr);
	memcpy(e->key + e->len, &port, sizeof port);
	e->len += 4;
	if (b->has_from)
		e->set = rules_set_bypass[v4 ? RULES_FROM_TO_V4 : RULES_FROM_TO_V6];
	else
		e->set = rules_set_bypass[v4 ? RULES_TO_V4 : RULES_TO_V6];
	return true;
}

static void
put_element(struct nft_batch *batch, uint16_t type, const char *table, const struct element *e, uint32_t seconds)
{
	uint16_t flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0;
	struct nlmsghdr *message = nft_batch_add(batch, type, flags, "an element of set", e->set);
	struct nlattr *list, *element, *key;

	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, e->set);
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = mnl_attr_nest_start(message, 1);
	key = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
	mnl_attr_put(message, NFTA_DATA_VALUE, e->len, e->key);
	mnl_attr_nest_end(message, key);
	if (seconds)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_TIMEOUT, htobe64((uint64_t)seconds * 1000));
	mnl_attr_nest_end(message, element);
	mnl_attr_nest_end(message, list);
}

int
bypass_add(struct ruleset *ruleset, const struct bypass *bypass, uint32_t seconds)
{
	struct nft_batch *batch = ruleset_batch(ruleset);
	const char *table = ruleset_table(ruleset);
	struct element e;

	if (table == NULL)
		return -ENOENT;
	if (!element_of(bypass, &e) || seconds == 0 || seconds > BYPASS_SECONDS_MAX)
		return -EINVAL;
	/* Adding what is there does not extend it, and deleting what is not there fails; so all three. */
	put_element(batch, NFT_MSG_NEWSETELEM, table, &e, seconds);
	put_element(batch, NFT_MSG_DELSETELEM, table, &e, 0);
	put_element(batch, NFT_MSG_NEWSETELEM, table, &e, seconds);
	return nft_batch_commit(batch, ruleset_socket(ruleset));
}

int
bypass_remove(struct ruleset *ruleset, const struct bypass *bypass)
{
	struct nft_batch *batch = ruleset_batch(ruleset);
	const char *table = ruleset_table(ruleset);
	struct element e;

	if (table == NULL)
		return -ENOENT;
	if (!element_of(bypass, &e))
		return -EINVAL;
	put_element(batch, NFT_MSG_DELSETELEM, table, &e, 0);
	return nft_batch_commit(batch, ruleset_socket(ruleset));
}
