/* What the worker tells of itself to the control commands "status" and "flows", as JSON.  Sessions belong to their
 * threads, so a question about them goes round all threads, and the answer comes when the last one has written its
 * part. */
#ifndef SLUICE_PROXY_STATUS_H
#define SLUICE_PROXY_STATUS_H

#include <jansson.h>

#include "loop/loop.h"
#include "proxy/thread.h"

/* Answers `request` (with a "command") through on_answer, on the thread of `home`, now or later.  Unknown commands
 * are answered, too: with an error. */
void status_query(struct loop *home, struct proxy_thread *threads, unsigned count, struct writer *writer,
	const json_t *request, uint32_t id, void (*on_answer)(void *context, uint32_t id, struct slice json),
	void *context);

/* The names under which it tells refused origins and failed connections to them: of an enum verify_reason, and of an
 * enum origin_error. */
const char *status_refusal_name(int reason);
const char *status_failure_name(int error);

#endif
