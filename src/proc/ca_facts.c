/* See ca_facts.h. */
#include "proc/ca_facts.h"

#include <stdio.h>

#include "tls/leaf_issuers.h"
#include "tls/x509_time.h"

bool
ca_facts_read(struct slice issuers, struct ca_facts *facts)
{
	struct mint_reply reply;
	struct leaf_issuers *read;
	const X509 *certificate;

	if (!mint_reply_decode(issuers, &reply) || (read = leaf_issuers_create(&reply)) == NULL)
		return false;
	certificate = read->certificates[MINT_TRUSTED];
	for (size_t i = 0; i < MINT_ID_BYTES; i++)
		snprintf(facts->fingerprint + 2 * i, 3, "%02x", read->ids[MINT_TRUSTED][i]);
	facts->from = x509_time_seconds(X509_get0_notBefore(certificate));
	facts->until = x509_time_seconds(X509_get0_notAfter(certificate));
	leaf_issuers_release(read);
	return true;
}
