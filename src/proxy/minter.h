/* A thread's line to the signer: leaf requests go out, answers come back, in any order, without waiting.  When the
 * signer is gone the requests are kept, and sent again on the channel that the supervisor brings. */
#ifndef SLUICE_PROXY_MINTER_H
#define SLUICE_PROXY_MINTER_H

#include "base/buffer.h"
#include "base/list.h"
#include "loop/loop.h"

/* Embedded in whoever asks; one request at a time. */
struct mint_job {
	struct list_node node;
	uint32_t id;
	bool is_sent;
	struct buffer request; /* owned; tls/mint_message.h */
	/* The answer, valid during the call. Not called after minter_cancel(). */
	void (*on_reply)(struct mint_job *job, struct slice reply);
};

struct minter {
	struct loop *loop;
	struct loop_fd channel;
	struct list_node jobs; /* oldest first; unsent ones at the end */
	uint32_t next_id;
	char *buffer; /* owned: one message */
};

/* False when memory is out.  There is no channel yet. */
bool minter_init(struct minter *m, struct loop *loop);
/* Takes a new channel; unanswered requests are sent again. */
void minter_connect(struct minter *m, int fd);
void minter_release(struct minter *m);

void mint_job_init(struct mint_job *job, void (*on_reply)(struct mint_job *, struct slice));
/* Sends job->request (filled by the caller). */
void minter_submit(struct minter *m, struct mint_job *job);
/* Forgets it and frees the request; harmless on one that is not under way. */
void mint_job_cancel(struct mint_job *job);

#endif
