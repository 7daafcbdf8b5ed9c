/* The description of our rules as nf_tables messages.  Each function appends to a batch that the caller commits; false
 * when memory is out (the batch is then of no use).  No other failure: what the kernel thinks, the commit tells. */
#ifndef SLUICE_INTERCEPT_RULES_NETLINK_H
#define SLUICE_INTERCEPT_RULES_NETLINK_H

#include "intercept/nft_batch.h"
#include "intercept/rules.h"

/* Puts the rules in place of `former`, or of whatever tables of those names hold where former is NULL.  Rules are
 * replaced as a whole; elements of the bypass sets stay. */
bool rules_put(struct nft_batch *batch, const struct rules *rules, const struct rules *former);
/* Deletes a table, or does nothing where there is none of that name. */
bool rules_delete_table(struct nft_batch *batch, const char *name, bool is_owned);
/* Makes the ports of the first table last another steering.dead_man_ms, expired or not. */
bool rules_refresh_ports(struct nft_batch *batch, const struct rules *rules);

#endif
