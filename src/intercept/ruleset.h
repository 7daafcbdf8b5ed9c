/* Our rules in the kernel, for as long as we live.  The supervisor opens this before any listener (what is opened
 * first is closed last, so that no packet is steered to a listener that is gone), installs, refreshes every second,
 * and reloads in place.  One thread.
 *
 * When the process dies, however it dies, the intercepting table goes with it.  Then, as the steering says, traffic
 * flows unfiltered, or a second table refuses it until the rules are installed again or removed. */
#ifndef SLUICE_INTERCEPT_RULESET_H
#define SLUICE_INTERCEPT_RULESET_H

#include "base/buffer.h"
#include "intercept/steering.h"

struct nft_batch;
struct nft_socket;
struct ruleset;

/* Opens the socket that will own the rules; installs nothing.  NULL, with a problem added, where that fails. */
struct ruleset *ruleset_open(struct problems *problems);
/* Closes: owned rules vanish; the policy route and, where failures close, the refusing table stay.  For a clean stop
 * call ruleset_remove() first. */
void ruleset_close(struct ruleset *ruleset);

/* Puts the rules for that steering in place of those that are there, at once for all packets.  False, with problems
 * added, where the steering cannot work or the kernel refuses; what stood before then still stands. */
bool ruleset_install(struct ruleset *ruleset, const struct steering *steering, struct problems *problems);
/* Says that we live: to be called several times within steering.dead_man_ms.  Does nothing where rules do not expire.
 * 0 or a negative errno. */
int ruleset_keepalive(struct ruleset *ruleset);
/* Removes everything that ruleset_install() of that steering could have left, by whichever process.  A table that a
 * living process owns cannot be removed by another; that is a problem. */
bool ruleset_remove(struct ruleset *ruleset, const struct steering *steering, struct problems *problems);

/* Appends the rules for that steering as nft text; false where the buffer cannot take them.  Pure. */
bool ruleset_show(const struct steering *steering, struct buffer *out);

/* For bypass.h: the socket that may change elements, an empty batch, and the table, which is NULL before installation.
 */
struct nft_socket *ruleset_socket(struct ruleset *ruleset);
struct nft_batch *ruleset_batch(struct ruleset *ruleset);
const char *ruleset_table(const struct ruleset *ruleset);

#endif
