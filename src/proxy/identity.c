/* Users and hardware addresses of clients.  See identity.h. */
#include "proxy/identity.h"

#include <stdlib.h>

#include "base/clock.h"
#include "intercept/neighbour.h"

void
identity_find(struct identity *identity, const struct proxy_thread *t, const struct addr *client, uint32_t facts)
{
	*identity = (struct identity){0};
	if (t->users)
		identity->user = user_entry_copy(
			user_table_find(t->users, client, (int64_t)(clock_realtime_ns() / 1000000000u)));
	if ((facts & FACT_BIT(FACT_MAC)) && t->neighbours >= 0)
		neighbour_find(t->neighbours, client, identity->mac);
}

void
identity_release(struct identity *identity)
{
	free(identity->user);
	identity->user = NULL;
}

void
identity_facts(const struct identity *identity, struct facts *facts)
{
	memcpy(facts->mac, identity->mac, sizeof facts->mac);
	if (identity->user == NULL)
		return;
	facts->users = identity->user->names;
	facts->user_count = identity->user->count;
}
