/* Turns sessions and exchanges into records, and hands them to the thread's recorder. */
#ifndef SLUICE_PROXY_RECORDING_H
#define SLUICE_PROXY_RECORDING_H

#include "proxy/exchange.h"
#include "proxy/session.h"

/* A flow that was passed, blocked, or failed before anything was served.  error is a literal or NULL. */
void record_flow(struct session *s, const char *error);
void record_exchange(struct exchange *x);
/* A request that never became an exchange: malformed.  `line` is what came of its first line. */
void record_bad_request(struct session *s, struct slice line, const char *error, unsigned status);

#endif
