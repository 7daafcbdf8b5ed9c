/* Who a client is: the user whom files name for his address, and his hardware address.  Looked up when a session
 * begins, and the user again for each exchange, so that who signs in is known on the connection that he has. */
#ifndef SLUICE_PROXY_IDENTITY_H
#define SLUICE_PROXY_IDENTITY_H

#include "policy/facts.h"
#include "policy/user_table.h"
#include "proxy/thread.h"

struct identity {
	struct user_entry *user; /* owned: a copy, as long-lived flows must not keep a whole table; NULL: nobody */
	uint8_t mac[6];          /* all zero: not known, or no rule asks */
};

/* The hardware address is asked for where `facts` (of the policy) has it. */
void identity_find(struct identity *identity, const struct proxy_thread *t, const struct addr *client, uint32_t facts);
void identity_release(struct identity *identity);
/* Into facts that borrow from it. */
void identity_facts(const struct identity *identity, struct facts *facts);

#endif
