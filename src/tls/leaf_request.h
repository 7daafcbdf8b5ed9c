/* From an origin's certificate to the request for a leaf that stands for it.
 *
 * A verified origin is mirrored: its DNS names and addresses exactly, in order, nothing added (not the subject's common
 * name, not the client's server name), nothing left out but what is no host name at all and so can match no client.
 * Nothing else of the origin's certificate is looked at.
 *
 * For an origin that failed verification the leaf comes from the untrusted issuer, for the name that the client asked
 * for, with dates that show the same fault: an expired origin gives an expired leaf.  A bad origin never looks good. */
#ifndef SLUICE_TLS_LEAF_REQUEST_H
#define SLUICE_TLS_LEAF_REQUEST_H

#include "base/addr.h"
#include "tls/mint_message.h"

#include <openssl/x509.h>

#define LEAF_BACKDATE_SECONDS 86400 /* a client's clock may be a day behind */
#define LEAF_DAYS_MAX 46            /* what the mint permits (MINT_LIFE_MAX_SECONDS) */

enum leaf_request_result {
	LEAF_REQUEST_OK,
	LEAF_REQUEST_NO_NAMES, /* the origin has no name that a leaf can have */
	LEAF_REQUEST_TOO_MANY, /* more names than a leaf can have */
	LEAF_REQUEST_OUT_OF_MEMORY,
};

/* Appends the request for a leaf that mirrors a verified origin.  `spki` is the new key's (leaf_keys_spki), `days` the
 * longest life of the leaf in days (at most LEAF_DAYS_MAX), `now` in seconds since 1970-01-01 UTC.  A ceiling of
 * MINT_REQUEST_MAX suffices for `out`. */
enum leaf_request_result leaf_request_mirror(
	X509 *origin, struct slice spki, unsigned days, int64_t now, struct buffer *out);
/* Appends the request for a leaf from the untrusted issuer: for the server name that the client sent, or the address
 * that it dialled where it sent none (or no host name).  `origin` is NULL where there is no certificate to mirror. */
enum leaf_request_result leaf_request_untrusted(X509 *origin, struct slice server_name, const struct addr *destination,
	struct slice spki, unsigned days, int64_t now, struct buffer *out);

/* Appends the request for a leaf of the trusted issuer for an origin that an administrator's exception let through: for
 * the one name (or address) that was asked for, since the origin's own names or dates may be what was excepted, and no
 * longer than until `until`, when the exception ends. */
enum leaf_request_result leaf_request_excepted(struct slice server_name, const struct addr *destination,
	struct slice spki, int64_t until, unsigned days, int64_t now, struct buffer *out);

/* The dates of a mirrored leaf: within the origin's, from a day ago at the earliest, for `days` days at most (46 are
 * the most that the mint permits). */
struct leaf_dates {
	int64_t not_before;
	int64_t not_after;
};
struct leaf_dates leaf_request_dates(struct leaf_dates origin, unsigned days, int64_t now);

#endif
