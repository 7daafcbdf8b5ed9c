/* Whether certificate transparency logs have vouched for a certificate: signed certificate timestamps (RFC 6962) judged
 * by the policy of browsers.  A decider like verify.h. */
#ifndef SLUICE_TLS_VERIFY_SCT_H
#define SLUICE_TLS_VERIFY_SCT_H

#include "base/slice.h"
#include "tls/ct_logs.h"

#include <openssl/x509.h>

#define VERIFY_SCT_BYTES_MAX 4096 /* of the TLS extension */
#define VERIFY_SCTS_MAX 16        /* of one list that are looked at */

/* What a certificate comes with. */
struct verify_sct_input {
	const struct ct_logs *logs;
	const EVP_MD *sha256;
	X509 *leaf;             /* borrowed, with its own embedded SCTs */
	X509 *issuer;           /* borrowed: the next certificate of the path */
	struct slice extension; /* the content of the TLS extension signed_certificate_timestamp; empty without */
	struct slice staple;    /* the stapled OCSP response, which the caller found to be good; empty without */
	int64_t now;
};

/* True where the policy is met: embedded timestamps of two distinct logs (three where the certificate lives longer than
 * 180 days), one of them of a log that is usable today; or timestamps of two logs that are usable today from the
 * handshake; and in either case of two operators.  What cannot be read, is forged, from the future or of an unknown log
 * does not count.  False when memory is out. */
bool verify_sct_judge(const struct verify_sct_input *in);

#endif
