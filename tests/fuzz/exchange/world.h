/* A proxy thread with one session at a time, whole and real from its first byte on, between a client and origins that
 * the caller plays over socket pairs.  What the machine decides elsewhere is decided here: the clock, whether a connect
 * succeeds, which version an origin speaks, and which allocation fails.  For fuzzers; one thread.
 *
 * Linked with --wrap for: clock_gettime, connect, malloc, calloc, realloc, http1_conn_new, http2_conn_new,
 * session_origin_speaks_http2. */
#ifndef SLUICE_FUZZ_EXCHANGE_WORLD_H
#define SLUICE_FUZZ_EXCHANGE_WORLD_H

#include "proxy/session.h"

#define WORLD_ORIGINS_MAX 12
#define WORLD_GENERATIONS 2

enum world_connect {
	WORLD_CONNECT_OK,
	WORLD_CONNECT_PENDING, /* until the origin reads for the first time */
	WORLD_CONNECT_REFUSED,
	WORLD_CONNECT_UNREACHABLE,
	WORLD_CONNECTS,
};

/* One side as the caller plays it. */
struct world_peer {
	int fd; /* -1 once it was closed */
	bool is_http2;
	bool is_stalled; /* reads nothing */
};

struct world {
	struct proxy_thread thread;
	struct proxy_shared shared;
	struct generation *generations[WORLD_GENERATIONS];
	struct world_peer client;
	struct world_peer origins[WORLD_ORIGINS_MAX];
	unsigned origin_count;
	bool origins_speak_http2; /* those that are connected from now on */
	bool is_narrow;           /* sockets hold little */
	enum world_connect connect;
	long allocations_left; /* that succeed; negative: all */
	uint64_t now;
};

/* The one there is; made by the first call, and kept. */
struct world *world_get(void);
/* A session begins; the former one must have ended.  Origins go on: the pool may know them. */
void world_begin(struct world *w, bool client_is_http2);
/* True while the session lives. */
bool world_is_alive(const struct world *w);
struct session *world_session(struct world *w);
/* Turns of the loop; between them every side that is not stalled reads what came, and throws it away. */
void world_turn(struct world *w, unsigned turns);
void world_sleep(struct world *w, uint64_t milliseconds);
void world_say(struct world_peer *peer, const void *bytes, size_t len);
void world_close(struct world_peer *peer);
/* Everything that is still open is closed; the session must be gone by its deadlines alone. */
void world_end(struct world *w);

#endif
