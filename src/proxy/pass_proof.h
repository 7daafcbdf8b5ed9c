/* Whether a pass that rests on a name may be given.  The name in a ClientHello, or in a Host field, is the client's
 * word alone: who wants to get past the filter names a site that is passed, and dials an address of his own
 * (CVE-2009-0801). So the destination has to be that site's: either it is among the addresses that the gateway itself
 * resolves the name to, or the server there shows, in a handshake of our own that is then closed, a certificate that
 * verifies for it. Where neither holds, the rule counts as not matching, and the flow is inspected.
 *
 * What was found is remembered by each thread for (destination, name); a flow whose proof is known waits for nothing.
 */
#ifndef SLUICE_PROXY_PASS_PROOF_H
#define SLUICE_PROXY_PASS_PROOF_H

#include <stddef.h>

struct session;
struct pass_proof;
struct pass_proofs;

#define PASS_PROOFS_DEFAULT 4096

enum pass_answer {
	PASS_GIVEN,   /* the verdict stands */
	PASS_WAITS,   /* session_run() follows */
	PASS_REFUSED, /* judge the session again: rules that pass by the name no longer match */
};

/* What a thread remembers, at most `max` pairs.  NULL when memory is out. */
struct pass_proofs *pass_proofs_new(size_t max);
void pass_proofs_free(struct pass_proofs *proofs);

/* In ROUTE, for a session whose verdict is pass, or which the administrator's bypass would let pass. */
enum pass_answer pass_proof_ask(struct session *s);
/* With the session; harmless where nothing is under way. */
void pass_proof_release(struct session *s);

#endif
