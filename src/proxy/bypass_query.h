/* Control requests about bypasses, as the worker answers them: {"command":"bypass","action":...}
 *
 *   list                            {"bypasses":[...],"left_out":N}
 *   forget {"site","client"}        {"forgotten":N}; without a site all, without a client those of any
 *   pins   {"pins":[{"site","client","until"}...]}   the administrator's, in place of those before
 */
#ifndef SLUICE_PROXY_BYPASS_QUERY_H
#define SLUICE_PROXY_BYPASS_QUERY_H

#include "proxy/bypasses.h"

/* Answers at once.  False where the request is about something else: nothing was done.  Any thread. */
bool bypass_query(struct bypasses *b, struct slice text, uint32_t id,
	void (*on_answer)(void *context, uint32_t id, struct slice json), void *context);

#endif
