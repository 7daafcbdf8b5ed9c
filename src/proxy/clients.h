/* What is remembered of client addresses: how many connections each has now, and whether it accepts our CA.  Bounded;
 * shared by all threads behind a mutex that is held for a lookup. */
#ifndef SLUICE_PROXY_CLIENTS_H
#define SLUICE_PROXY_CLIENTS_H

#include "base/addr.h"

struct clients;

enum client_trust { CLIENT_TRUST_UNKNOWN, CLIENT_TRUSTS_CA, CLIENT_REFUSES_CA };

struct clients *clients_new(void);
void clients_free(struct clients *c);
/* Counts one connection more; false where the client has `max` already, and nothing was counted. */
bool clients_enter(struct clients *c, const struct addr *client, unsigned max);
void clients_leave(struct clients *c, const struct addr *client);
/* The client made use of a leaf of ours, or refused it for its issuer.  Acceptance is never
 * forgotten for a refusal: some of its programs may pin. */
void clients_note_trust(struct clients *c, const struct addr *client, uint64_t issuer, bool accepted);
/* What is known with this issuer (any number that tells it from others); of another nothing is. */
enum client_trust clients_trust(struct clients *c, const struct addr *client, uint64_t issuer);

#endif
