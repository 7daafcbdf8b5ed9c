/* Any octets as a list of transparency logs: read whole or refused with a reason.  And, behind a NUL, as what a server
 * sends as proof. */
#include "tls/verify_sct.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A certificate to judge, made once. */
static X509 *
certificate(void)
{
	static X509 *cert;
	EVP_PKEY *key;

	if (cert)
		return cert;
	key = EVP_EC_gen("P-256");
	cert = X509_new();
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	if (X509_set_pubkey(cert, key) != 1 || X509_sign(cert, key, EVP_sha256()) <= 0)
		abort();
	EVP_PKEY_free(key);
	return cert;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size);
	size_t list_len = nul ? (size_t)(nul - data) : size;
	struct problems problems = {0};
	struct ct_logs *logs = ct_logs_read(NULL, EVP_sha256(), slice_make(data, list_len), "list", &problems);
	struct verify_sct_input in = {.logs = logs,
		.sha256 = EVP_sha256(),
		.leaf = certificate(),
		.issuer = certificate(),
		.now = 1780000000};

	if ((logs == NULL) != (problems.errors > 0) || (logs && ct_logs_count(logs) == 0))
		abort();
	if (nul)
		in.extension = slice_make(nul + 1, size - list_len - 1);
	/* Nobody has the keys of the corpus any more. */
	if (logs && verify_sct_judge(&in))
		abort();
	ct_logs_free(logs);
	problems_release(&problems);
	return 0;
}
