/* The signer's answers: a request's bytes in, the answer's bytes out.  What is around it (descriptors, the loop, the
 * confinement) is the process's business.  A leaf is in the issuance log before its answer exists.  One thread. */
#ifndef SLUICE_TLS_MINT_SERVER_H
#define SLUICE_TLS_MINT_SERVER_H

#include "tls/issuance_log.h"
#include "tls/mint.h"
#include "tls/mint_rate.h"

/* More new names than a gateway of this kind sees, and less than a worker in a stranger's hands would like. */
#define MINT_RATE_DEFAULT 1000
#define MINT_BURST_DEFAULT 4000

struct mint_server {
	struct mint *mint;        /* owned */
	struct issuance_log *log; /* borrowed */
	struct mint_rate rate;
	uint64_t answered[MINT_STATUSES]; /* ISSUE requests by their answer */
	struct leaf_name *names;          /* owned: room for a request's names */
};

/* Takes the mint, borrows the log.  False when memory is out; the mint is then freed. */
bool mint_server_init(
	struct mint_server *server, struct mint *mint, struct issuance_log *log, uint32_t per_second, uint32_t burst);
/* Frees the mint (and with it the keys). */
void mint_server_release(struct mint_server *server);

/* Appends the answer to a request to `reply` (a ceiling of MINT_REPLY_MAX suffices for one).  `now` is in seconds
 * since 1970-01-01 UTC, `monotonic_ns` is the rate limit's time.  Returns the status that was answered; with
 * MINT_MALFORMED there may be no answer, and the sender has earned to be disconnected. */
enum mint_status mint_server_answer(
	struct mint_server *server, struct slice request, int64_t now, uint64_t monotonic_ns, struct buffer *reply);

#endif
