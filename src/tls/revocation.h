/* Revocation lists (RFC 5280 section 5) as verification asks them: sets of numbers.  A certificate has a mark: which
 * list it would be on (its issuer's key and the URL of its distribution point), and which serial number it has there;
 * both hashed with a key of this process, so that nobody can make two of them meet.  A remembered chain keeps its
 * marks, and is asked about again whenever it is used; where no list covers it that is one look at an empty table.
 *
 * Lists and sets are immutable and shared by reference count: any thread, no lock. */
#ifndef SLUICE_TLS_REVOCATION_H
#define SLUICE_TLS_REVOCATION_H

#include "base/slice.h"

#include <openssl/x509.h>

#define REVOCATION_URL_MAX 1024
#define REVOCATION_MARKS_MAX 9         /* certificates of a path, but for its anchor */
#define REVOCATION_SERIALS_MAX 4000000 /* of one list */

struct revocation_mark {
	uint64_t list; /* 0: the certificate names no list that is fetched */
	uint64_t serial;
};

/* The mark of a certificate, and the URL of its list (borrowed from it; plain HTTP on port 80, see tls/aia.h). */
struct revocation_mark revocation_mark_of(const X509 *cert, const X509 *issuer, struct slice *url);

/* ---- one list ---- */

struct revocation_list;

/* Decodes a whole list in DER.  NULL for everything else, and for lists that say less than they seem to: deltas,
 * indirect ones, those for some reasons only, and what has an unknown critical extension.  The caller frees it. */
X509_CRL *revocation_crl_decode(struct slice der);
/* Whether the issuer signed it, and may. */
bool revocation_crl_is_genuine(X509_CRL *crl, X509 *issuer);
/* Unix times; false where they cannot be read.  *until is `from` plus a week where the list does not say. */
bool revocation_crl_times(const X509_CRL *crl, int64_t *from, int64_t *until);
/* Its serial numbers; NULL when memory is out, or there are too many.  The caller owns a reference. */
struct revocation_list *revocation_list_new(X509_CRL *crl);
size_t revocation_list_count(const struct revocation_list *list);
struct revocation_list *revocation_list_share(struct revocation_list *list);
void revocation_list_release(struct revocation_list *list);

/* ---- all lists ---- */

struct revocation_set;

struct revocation_entry {
	uint64_t id; /* as in marks */
	struct revocation_list *list;
};

/* Shares the lists.  NULL when memory is out.  The caller owns a reference. */
struct revocation_set *revocation_set_new(const struct revocation_entry *entries, size_t count);
struct revocation_set *revocation_set_share(struct revocation_set *set);
void revocation_set_release(struct revocation_set *set);
/* The first of the marks that is revoked, or `count`.  `set` may be NULL. */
size_t revocation_set_find(const struct revocation_set *set, const struct revocation_mark *marks, size_t count);

/* ---- for verification ---- */

/* What a thread verifies with. */
struct revocations {
	struct revocation_set *set; /* NULL: none has come yet */
	/* Called for each list of an accepted path; fetching it is the callee's business, and never within the call. */
	void (*wanted)(void *owner, uint64_t list, struct slice url, X509 *issuer);
	void *owner;
};

#endif
