/* Builds a trust from bytes.  No file is read here: a worker has none, the supervisor hands them over.  A build that
 * cannot be sound fails: there is no empty trust and no "verify none".  One thread. */
#ifndef SLUICE_TLS_TRUST_BUILDER_H
#define SLUICE_TLS_TRUST_BUILDER_H

#include "base/diag.h"
#include "tls/trust.h"

#define TRUST_EXCEPTION_MAX_S (90 * INT64_C(86400)) /* the longest life of an exception */

struct trust_builder;

/* An empty builder with the built-in tables of denied and distrusted keys (trust_tables.h).  `libctx` (borrowed, may be
 * NULL) is the library context in which everything is parsed and verified; it must outlive the trust.  NULL when
 * memory is out. */
struct trust_builder *trust_builder_new(OSSL_LIB_CTX *libctx);
void trust_builder_free(struct trust_builder *b);
/* Each of these copies what it is given.  Where one returns false, `problems` says what is wrong with `file` (a name
 * for people) and trust_build() will fail. */

/* Anchors: PEM (any number of certificates, other text ignored) or one certificate in DER.  Refused when there is no
 * certificate in it, when a block is cut off, or when one cannot be read.  `modified` is the file's Unix time, or 0
 * where that is not known.  The same certificate may come often: added wins over public (a
 * distribution merges local roots into its bundle), the rest is ignored. */
bool trust_add_anchors(struct trust_builder *b, struct slice bytes, enum trust_source source, const char *file,
	int64_t modified, struct problems *problems);
/* Certificates of our own CA: their keys are never an anchor, and whatever they signed is refused. */
bool trust_add_own_ca(struct trust_builder *b, struct slice bytes, const char *file, struct problems *problems);
/* CRLs, PEM or DER.  A CRL counts once a chain contains its issuer and the issuer's key verifies it. */
bool trust_add_crls(struct trust_builder *b, struct slice bytes, const char *file, struct problems *problems);
/* The list of transparency logs (ct_logs.h): certificates below public roots must then be logged.  A list that is no
 * longer fresh at `now` is taken with a warning, and refuses nothing.  May be called once. */
bool trust_add_ct_logs(
	struct trust_builder *b, struct slice json, const char *file, int64_t now, struct problems *problems);
/* A key that must not occur on any path. */
bool trust_add_denied_key(struct trust_builder *b, const uint8_t spki[TRUST_DIGEST]);
/* A public root whose leaves are refused when issued after `date` (Unix time). */
bool trust_add_distrust_after(struct trust_builder *b, const uint8_t spki[TRUST_DIGEST], int64_t date);
/* Refused (false) where the reason cannot be excepted, the host is none, or it would last longer than
 * TRUST_EXCEPTION_MAX_S from `now`. */
bool trust_add_exception(struct trust_builder *b, const struct trust_exception *e, int64_t now);

/* The trust, with one reference, or NULL with at least one error in `problems`: where an addition failed, where no
 * anchor is left, or where memory is out.  Anchors that are our own CA, or denied, are left out with a warning.
 * The builder is empty afterwards and can only be freed. */
struct trust *trust_build(struct trust_builder *b, uint64_t generation, struct problems *problems);

#endif
