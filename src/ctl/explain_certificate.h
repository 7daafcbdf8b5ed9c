/* `sluicectl explain --certificate`: what the daemon's verifier says of the chain that an origin presents. */
#ifndef SLUICE_CTL_EXPLAIN_CERTIFICATE_H
#define SLUICE_CTL_EXPLAIN_CERTIFICATE_H

#include "ctl/ctl.h"
#include "ctl/situation.h"

#include <jansson.h>

/* Asks for the situation's host, and learns into the situation what rules ask of a certificate that is accepted: of
 * others they are not asked.  With EX_OK *answer is the caller's, as proxy/verify_query.h has it; anything else was
 * said. */
int explain_certificate(struct ctl *ctl, const char *path, struct situation *s, json_t **answer);
/* In words, for people. */
void explain_certificate_print(struct ctl *ctl, const json_t *answer);

#endif
