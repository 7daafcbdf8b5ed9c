/* Control requests about bypasses, as the worker answers them: {"command":"bypass","action":...}
 *
 *   list                            {"bypasses":[...],"left_out":N}
 *   forget {"site","client"}        {"forgotten":N}; without a site all, without a client those of any
 *   pins   {"pins":[{"site","client","until"}...]}   the administrator's, in place of those before
 */
#ifndef SLUICE_PROXY_BYPASS_QUERY_H
#define SLUICE_PROXY_BYPASS_QUERY_H

#include <jansson.h>

#include "proxy/bypasses.h"

/* A new reference; NULL when memory is out.  Any thread. */
json_t *bypass_query(struct bypasses *b, const json_t *request);

#endif
