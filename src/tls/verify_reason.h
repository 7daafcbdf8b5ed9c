/* Why an origin's certificate is refused: the closed list, with a stable text code for records and rules, the alert
 * that the origin is sent, and whether an administrator may except it.  Data only. */
#ifndef SLUICE_TLS_VERIFY_REASON_H
#define SLUICE_TLS_VERIFY_REASON_H

#include "base/slice.h"

enum verify_reason {
	VERIFY_OK,
	VERIFY_UNJUDGED, /* nobody has verified yet: what a verdict is before, and after an internal failure */
	VERIFY_INTERNAL, /* memory or the library failed */
	VERIFY_NO_CERTIFICATE,
	VERIFY_PATHOLOGICAL, /* above a bound on sizes or counts; nothing was computed */
	VERIFY_MALFORMED,    /* not DER, a duplicate extension, or an extension that cannot be read */
	VERIFY_EXPIRED,
	VERIFY_NOT_YET_VALID,
	VERIFY_SELF_SIGNED,    /* the leaf signed itself and is no anchor */
	VERIFY_UNKNOWN_ISSUER, /* no path to an anchor */
	VERIFY_OWN_CA,         /* signed by, or with the key of, the CA of this proxy */
	VERIFY_BAD_SIGNATURE,
	VERIFY_NAME_MISMATCH,
	VERIFY_PUBLIC_SUFFIX,      /* only a wildcard directly below a public suffix stands for the host */
	VERIFY_KEY_TYPE,           /* DSA, explicit or unknown curve, Ed25519 below a public root */
	VERIFY_WEAK_KEY,           /* RSA size or exponent */
	VERIFY_WEAK_SIGNATURE,     /* MD5, SHA-1, or an unknown algorithm */
	VERIFY_SIGNATURE_MISMATCH, /* inner and outer signature algorithm differ */
	VERIFY_EKU,
	VERIFY_KEY_USAGE,
	VERIFY_CA_LEAF,  /* the leaf is a CA certificate */
	VERIFY_NOT_A_CA, /* an issuer is none */
	VERIFY_PATH_LENGTH,
	VERIFY_NAME_CONSTRAINTS,
	VERIFY_CRITICAL_EXTENSION,
	VERIFY_PROFILE, /* RFC 5280: serial, empty subject, key identifiers, version */
	VERIFY_REVOKED,
	VERIFY_MUST_STAPLE,
	VERIFY_DISTRUSTED,   /* issued after its root was distrusted */
	VERIFY_DENYLISTED,   /* a known interception or compromised key is on the path */
	VERIFY_TRANSPARENCY, /* not enough transparency logs vouch for it */
	VERIFY_REASONS
};

/* "expired", "self_signed", ...: letters and underscores, never changed once released. */
const char *verify_reason_code(enum verify_reason reason);
/* One sentence for people, without anything from the certificate in it. */
const char *verify_reason_text(enum verify_reason reason);
/* The TLS alert description (RFC 8446 section 6) that tells the origin. */
uint8_t verify_reason_alert(enum verify_reason reason);
/* The OpenSSL error that makes libssl send that alert. */
int verify_reason_x509_error(enum verify_reason reason);
/* Whether an exception of the administrator may lift it. */
bool verify_reason_is_exceptable(enum verify_reason reason);
/* False where no reason has this code. */
bool verify_reason_parse(struct slice code, enum verify_reason *reason);
/* The reason for an error of X509_verify_cert(); VERIFY_INTERNAL for those that nothing here can cause. */
enum verify_reason verify_reason_of_x509_error(int error);

#endif
