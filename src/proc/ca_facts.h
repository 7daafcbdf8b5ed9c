/* The certificate that signs now, out of what the signer said when it began. */
#ifndef SLUICE_PROC_CA_FACTS_H
#define SLUICE_PROC_CA_FACTS_H

#include "base/slice.h"
#include "tls/mint_message.h"

struct ca_facts {
	char fingerprint[2 * MINT_ID_BYTES + 1]; /* hexadecimal */
	int64_t from, until;                     /* seconds since 1970 */
};

/* issuers: the payload of IPC_CA.  False where it has not come yet. */
bool ca_facts_read(struct slice issuers, struct ca_facts *facts);

#endif
