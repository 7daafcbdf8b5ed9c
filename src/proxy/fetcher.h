/* A thread's line to the fetcher: questions go out, answers come back, in any order, without waiting.  While there is
 * no fetcher, and when it goes, whoever asks is told FETCH_UNAVAILABLE: nothing ever waits for it to come back. */
#ifndef SLUICE_PROXY_FETCHER_H
#define SLUICE_PROXY_FETCHER_H

#include "base/list.h"
#include "fetch/message.h"
#include "loop/loop.h"

/* Embedded in whoever asks; one question at a time. */
struct fetch_job {
	struct list_node node;
	uint32_t id;
	/* The answer, valid during the call; not called after fetch_job_cancel().  `fd` is the sealed memory file of
	 * the body, or -1; it is closed after the call unless the callee takes it, and says so by setting it to -1. */
	void (*on_answer)(struct fetch_job *job, const struct fetch_answer *answer, int *fd);
};

struct fetcher {
	struct loop *loop;
	struct loop_fd channel;
	struct list_node jobs;   /* that were sent */
	struct list_node unsent; /* that are told so at the end of the turn */
	struct loop_task fail;
	uint32_t next_id;
	char *buffer; /* owned: one message */
};

/* False when memory is out.  There is no channel yet. */
bool fetcher_init(struct fetcher *f, struct loop *loop);
/* Takes a new channel; what was asked on the one before fails. */
void fetcher_connect(struct fetcher *f, int fd);
void fetcher_release(struct fetcher *f);

void fetch_job_init(struct fetch_job *job, void (*on_answer)(struct fetch_job *, const struct fetch_answer *, int *fd));
/* Asks for names, an issuer or a revocation list; on_answer follows, never from within this call. */
void fetcher_submit(struct fetcher *f, struct fetch_job *job, enum fetch_kind kind, struct slice target);
/* Forgets it; harmless on one that is not under way. */
void fetch_job_cancel(struct fetch_job *job);
static inline bool
fetch_job_is_under_way(const struct fetch_job *job)
{
	return !list_is_empty(&job->node);
}

#endif
