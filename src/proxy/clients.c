/* Client addresses: connection counts and acceptance of our CA.  See clients.h. */
#include "proxy/clients.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/map.h"

/* Addresses without a connection are remembered up to this many, the least recent forgotten first. */
#define IDLE_MAX 16384

struct client {
	struct addr addr;
	unsigned connections;
	enum client_trust trust;
	uint64_t issuer;       /* that the trust is about */
	struct list_node idle; /* in clients.idle while there is no connection */
};

struct clients {
	pthread_mutex_t lock;
	struct map map;
	struct list_node idle; /* the least recent first */
	size_t idle_count;
};

static struct slice
key_of(const struct addr *addr)
{
	return slice_make(addr->bytes, sizeof addr->bytes);
}

struct clients *
clients_new(void)
{
	struct clients *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	map_init(&c->map);
	list_init(&c->idle);
	return c;
}

void
clients_free(struct clients *c)
{
	const struct map_entry *entry;
	size_t at = 0;

	if (c == NULL)
		return;
	while ((entry = map_next(&c->map, &at)) != NULL)
		free(entry->value);
	map_release(&c->map);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static void
make_idle(struct clients *c, struct client *client)
{
	list_push_back(&c->idle, &client->idle);
	if (++c->idle_count <= IDLE_MAX)
		return;
	client = LIST_ENTRY(c->idle.next, struct client, idle);
	list_remove(&client->idle);
	c->idle_count--;
	map_remove(&c->map, key_of(&client->addr));
	free(client);
}

static struct client *
find_or_add(struct clients *c, const struct addr *addr)
{
	struct client *client = map_get(&c->map, key_of(addr));

	if (client)
		return client;
	client = calloc(1, sizeof *client);
	if (client == NULL)
		return NULL;
	client->addr = *addr;
	list_init(&client->idle);
	if (!map_put(&c->map, key_of(&client->addr), client)) {
		free(client);
		return NULL;
	}
	make_idle(c, client);
	return map_get(&c->map, key_of(addr));
}

bool
clients_enter(struct clients *c, const struct addr *addr, unsigned max)
{
	struct client *client;
	bool allowed = false;

	pthread_mutex_lock(&c->lock);
	client = find_or_add(c, addr);
	if (client && client->connections < max) {
		if (client->connections++ == 0) {
			list_remove(&client->idle);
			c->idle_count--;
		}
		allowed = true;
	}
	pthread_mutex_unlock(&c->lock);
	return allowed;
}

void
clients_leave(struct clients *c, const struct addr *addr)
{
	struct client *client;

	pthread_mutex_lock(&c->lock);
	client = map_get(&c->map, key_of(addr));
	if (client && client->connections > 0 && --client->connections == 0)
		make_idle(c, client);
	pthread_mutex_unlock(&c->lock);
}

void
clients_note_trust(struct clients *c, const struct addr *addr, uint64_t issuer, bool accepted)
{
	struct client *client;

	pthread_mutex_lock(&c->lock);
	client = map_get(&c->map, key_of(addr));
	if (client && client->issuer != issuer) {
		client->trust = CLIENT_TRUST_UNKNOWN;
		client->issuer = issuer;
	}
	if (client && accepted)
		client->trust = CLIENT_TRUSTS_CA;
	else if (client && client->trust == CLIENT_TRUST_UNKNOWN)
		client->trust = CLIENT_REFUSES_CA;
	pthread_mutex_unlock(&c->lock);
}

enum client_trust
clients_trust(struct clients *c, const struct addr *addr, uint64_t issuer)
{
	struct client *client;
	enum client_trust trust;

	pthread_mutex_lock(&c->lock);
	client = map_get(&c->map, key_of(addr));
	trust = client && client->issuer == issuer ? client->trust : CLIENT_TRUST_UNKNOWN;
	pthread_mutex_unlock(&c->lock);
	return trust;
}
