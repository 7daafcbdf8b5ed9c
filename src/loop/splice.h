/* A relay of two connected sockets that copies nothing: splice(2) through a pipe for each direction, with back-pressure
 * (at most one pipe full is under way) and half close both ways.  It owns both descriptors.  One loop thread.
 *
 * Pipes come from a pool of the thread and go back to it whenever a direction has nothing under way, so an idle relay
 * holds two descriptors and no pipe. */
#ifndef SLUICE_LOOP_SPLICE_H
#define SLUICE_LOOP_SPLICE_H

#include "loop/loop.h"

struct pipe_pool;

/* At most `spare` empty pipes are kept.  NULL when memory is out. */
struct pipe_pool *pipe_pool_new(unsigned spare);
void pipe_pool_free(struct pipe_pool *pool);

struct splice_relay;

struct splice_direction {
	struct splice_relay *relay;
	struct loop_fd *from;
	struct loop_fd *to;
	int pipe[2]; /* -1 while none is needed */
	size_t in_pipe;
	uint64_t bytes; /* delivered */
	bool saw_end;   /* `from` sent FIN */
	bool passed_end;
};

struct splice_relay {
	struct loop_fd side[2];               /* 0: client, 1: origin */
	struct splice_direction direction[2]; /* 0: client to origin, 1: back */
	struct pipe_pool *pool;
	struct loop_timer idle;
	uint64_t idle_ns;
	/* Called once, when both directions ended (0) or one failed (negative errno; -ETIMEDOUT when idle).  The relay
	 * has closed both sockets by then (with RST after a failure) and may be freed. */
	void (*on_done)(struct splice_relay *relay, int error);
};

/* Starts at once.  Takes both descriptors (non-blocking). `origin` may still be connecting. */
void splice_relay_start(struct splice_relay *relay, struct loop *loop, struct pipe_pool *pool, int client, int origin,
	uint64_t idle_ns, void (*on_done)(struct splice_relay *, int));
/* Ends it with RST to both, without on_done. */
void splice_relay_abort(struct splice_relay *relay);

#endif
