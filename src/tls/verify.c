/* The order of judgement: see verify.h.
 *
 * 1. What was presented is counted and measured; what is malformed or too dear to compute with is left out (the leaf:
 * is refused).
 * 2. The presented certificates and the anchors that could be their issuers are one pool.  OpenSSL builds one path
 *    through it and validates that; our own checks follow on the same path.
 * 3. OpenSSL never goes back.  Where a path fails and one of its certificates has a twin in the pool (same subject,
 * same key), the twin is tried instead: at most PATHS_MAX times. */
#include "tls/verify.h"

#include "tls/verify_cert.h"
#include "tls/verify_names.h"
#include "tls/verify_sct.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

enum {
	PATHS_MAX = 8,
	POOL_MAX = VERIFY_CERTS_MAX + 32, /* what was presented, and anchors */
	AUTH_LEVEL = 2,                   /* of OpenSSL: 112 bits of security */
};

/* One certificate that a path may use. */
struct candidate {
	X509 *cert; /* borrowed */
	bool is_anchor;
	bool is_out; /* this one led nowhere */
};

struct judge {
	const struct verify_input *in;
	uint8_t leaf_spki[TRUST_DIGEST];
	struct candidate pool[POOL_MAX];
	size_t pool_count;
	struct verify_verdict
		dropped; /* the first presented intermediate that was left out, as a refusal; or VERIFY_OK */
};

/* One path's judgement. */
struct attempt {
	const struct judge *judge;
	struct verify_verdict verdict;
	STACK_OF(X509) *path; /* owned; the leaf first */
	const struct trust_anchor *anchor;
};

struct verify_verdict
verify_verdict_unjudged(void)
{
	return (struct verify_verdict){.reason = VERIFY_UNJUDGED};
}

/* --- refusing --- */

static void
refuse(struct verify_verdict *v, const struct trust *trust, enum verify_reason reason, int depth, X509 *cert)
{
	v->reason = reason;
	v->depth = (uint8_t)(depth < 0 ? 0 : depth > UINT8_MAX ? UINT8_MAX : depth);
	v->has_fault = cert && trust_spki_digest(trust_sha256(trust), cert, v->fault_spki);
}

/* The only way to report a fault.  True where an exception lifts it and judging goes on; the first that is not lifted
 * stays the reason, whatever is found later. */
static bool
fault(struct attempt *a, enum verify_reason reason, int depth, X509 *cert)
{
	const struct verify_input *in = a->judge->in;
	const struct trust_exception *e;

	if (reason == VERIFY_OK)
		return true;
	if (a->verdict.reason != VERIFY_OK)
		return false;
	e = trust_exception_for(in->trust, in->host, a->judge->leaf_spki, reason, in->now);
	if (e == NULL) {
		refuse(&a->verdict, in->trust, reason, depth, cert);
		return false;
	}
	a->verdict.excepted |= UINT32_C(1) << reason;
	if (e->expires - 1 < a->verdict.valid_until)
		a->verdict.valid_until = e->expires - 1;
	return true;
}

/* --- OpenSSL's part --- */

/* Omissions that private PKIs are full of and that weaken nothing. */
static bool
is_profile_omission(int error)
{
	switch (error) {
	case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
	case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
	case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
	case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
		return true;
	default:
		return false;
	}
}

/* What OpenSSL complains of and we accept, knowingly. */
static bool
is_tolerated(struct attempt *a, X509_STORE_CTX *ctx, int error, int depth, X509 *cert)
{
	const struct verify_input *in = a->judge->in;
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(ctx);
	int length = path ? sk_X509_num(path) : 0;
	const struct trust_anchor *anchor;
	int64_t until;

	if (cert == NULL || length == 0)
		return false;
	/* notAfter itself is valid (RFC 5280 section 4.1.2.5). */
	if (error == X509_V_ERR_CERT_HAS_EXPIRED)
		return verify_cert_time(X509_get0_notAfter(cert), &until) && until == in->now;
	/* Judged by check_eku(). */
	if (error == X509_V_ERR_INVALID_PURPOSE)
		return verify_cert_eku(cert) == VERIFY_EKU_ANY;
	if (!is_profile_omission(error))
		return false;
	anchor = trust_anchor_of(in->trust, sk_X509_value(path, length - 1));
	if (anchor == NULL ||
		(anchor->source == TRUST_SYSTEM && depth < length - 1 && error != X509_V_ERR_CA_CERT_MISSING_KEY_USAGE))
		return false;
	a->verdict.notes |= VERIFY_NOTE_PROFILE;
	return true;
}

/* OpenSSL calls this for every certificate that is fine, too (ok is then 1). */
static int
on_verify(int ok, X509_STORE_CTX *ctx)
{
	struct attempt *a = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

	if (ok)
		return 1;
	return is_tolerated(a, ctx, error, depth, cert) || fault(a, verify_reason_of_x509_error(error), depth, cert);
}

static bool
set_parameters(X509_STORE_CTX *ctx, int64_t now)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(param, (time_t)now);
	X509_VERIFY_PARAM_set_depth(param, VERIFY_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	return X509_VERIFY_PARAM_set_flags(
		       param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST) == 1 &&
	       X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER) == 1;
}

/* The pool's certificates of one kind that are still in. */
static STACK_OF(X509) *
pool_stack(const struct judge *j, bool anchors)
{
	STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 0; stack && i < j->pool_count; i++) {
		if (j->pool[i].is_out || j->pool[i].is_anchor != anchors)
			continue;
		if (sk_X509_push(stack, j->pool[i].cert) <= 0) {
			sk_X509_free(stack);
			return NULL;
		}
	}
	return stack;
}

/* Lets OpenSSL build and validate a path; leaves it in a->path.  Its word alone accepts nothing. */
static bool
find_path(struct attempt *a)
{
	const struct verify_input *in = a->judge->in;
	STACK_OF(X509) *untrusted = pool_stack(a->judge, false), *anchors = pool_stack(a->judge, true);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(trust_libctx(in->trust), NULL);
	bool valid = false;

	if (untrusted == NULL || anchors == NULL || ctx == NULL ||
		X509_STORE_CTX_init(ctx, NULL, in->leaf, untrusted) != 1)
		goto out;
	X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
	X509_STORE_CTX_set_verify_cb(ctx, on_verify);
	if (!set_parameters(ctx, in->now) || X509_STORE_CTX_set_app_data(ctx, a) != 1)
		goto out;
	valid = X509_verify_cert(ctx) == 1;
	a->path = X509_STORE_CTX_get1_chain(ctx);
out:
	X509_STORE_CTX_free(ctx);
	sk_X509_free(untrusted);
	sk_X509_free(anchors);
	ERR_clear_error();
	return (valid && a->path && sk_X509_num(a->path) > 0) || fault(a, VERIFY_INTERNAL, 0, NULL);
}

/* --- our part: each walks the path that OpenSSL found valid --- */

static bool
check_keys(struct attempt *a, int length)
{
	const struct trust *trust = a->judge->in->trust;
	bool public = a->verdict.below_public_root;
	uint8_t spki[TRUST_DIGEST];

	for (int i = 0; i < length; i++) {
		X509 *cert = sk_X509_value(a->path, i);
		bool is_anchor = a->anchor && i == length - 1;

		if (!trust_spki_digest(trust_sha256(trust), cert, spki))
			return fault(a, VERIFY_INTERNAL, i, cert);
		if (trust_key_is_own(trust, spki) && !fault(a, VERIFY_OWN_CA, i, cert))
			return false;
		if (trust_key_is_denied(trust, spki) && !fault(a, VERIFY_DENYLISTED, i, cert))
			return false;
		if (!fault(a, verify_cert_key(cert, public), i, cert))
			return false;
		if (is_anchor)
			continue;
		if (!fault(a, verify_cert_signature(cert, public), i, cert) ||
			!fault(a, verify_cert_profile(cert), i, cert))
			return false;
	}
	return true;
}

static bool
check_eku(struct attempt *a, int length)
{
	int issuers_end = a->anchor ? length - 1 : length; /* a root's own usages say nothing about servers */

	for (int i = 0; i < length && (i == 0 || i < issuers_end); i++) {
		X509 *cert = sk_X509_value(a->path, i);
		enum verify_eku eku = verify_cert_eku(cert);
		bool is_vague = eku == VERIFY_EKU_ABSENT || eku == VERIFY_EKU_ANY;

		if (eku == VERIFY_EKU_OTHER || (i == 0 && is_vague && a->verdict.below_public_root)) {
			if (!fault(a, VERIFY_EKU, i, cert))
				return false;
		} else if (i == 0 && is_vague) {
			a->verdict.notes |= eku == VERIFY_EKU_ANY ? VERIFY_NOTE_ANY_EKU : VERIFY_NOTE_NO_EKU;
		}
	}
	return true;
}

static bool
check_constraints(struct attempt *a, int length)
{
	for (int i = 1; i < length; i++) {
		X509 *ca = sk_X509_value(a->path, i);

		if (!fault(a, verify_names_constraints(ca, a->judge->in->leaf), i, ca))
			return false;
	}
	return true;
}

/* Which lists the path's certificates would be on.  Whoever has no room for a mark has a path that no server needs. */
static void
mark_path(struct attempt *a, int length)
{
	const struct revocations *r = a->judge->in->revocations;

	for (int i = 0; r && i + 1 < length && a->verdict.mark_count < REVOCATION_MARKS_MAX; i++) {
		X509 *issuer = sk_X509_value(a->path, i + 1);
		struct slice url;
		struct revocation_mark mark = revocation_mark_of(sk_X509_value(a->path, i), issuer, &url);

		a->verdict.marks[a->verdict.mark_count++] = mark;
		if (mark.list)
			r->wanted(r->owner, mark.list, url, issuer);
	}
}

/* CRLs for the whole path, and the stapled response for the leaf. */
static bool
check_status(struct attempt *a, int length)
{
	const struct verify_input *in = a->judge->in;
	int64_t until = INT64_MAX;

	for (int i = 0; i + 1 < length; i++) {
		X509 *cert = sk_X509_value(a->path, i);

		if (trust_is_revoked(in->trust, cert, sk_X509_value(a->path, i + 1)) &&
			!fault(a, VERIFY_REVOKED, i, cert))
			return false;
	}
	a->verdict.must_staple = verify_cert_demands_staple(in->leaf);
	if (in->options & VERIFY_STAPLE_LATER)
		return true;
	if (length > 1)
		a->verdict.staple =
			verify_staple_judge(in->staple, in->leaf, sk_X509_value(a->path, 1), in->now, &until);
	if (a->verdict.staple == VERIFY_STAPLE_REVOKED && !fault(a, VERIFY_REVOKED, 0, in->leaf))
		return false;
	if (a->verdict.staple == VERIFY_STAPLE_GOOD && until < a->verdict.valid_until)
		a->verdict.valid_until = until;
	return !a->verdict.must_staple || a->verdict.staple == VERIFY_STAPLE_GOOD ||
	       fault(a, VERIFY_MUST_STAPLE, 0, in->leaf);
}

/* Transparency, where the administrator has given a list of logs; private roots are nobody's business. */
static bool
check_transparency(struct attempt *a, int length)
{
	const struct verify_input *in = a->judge->in;
	struct verify_sct_input scts = {
		.logs = trust_ct_logs(in->trust),
		.sha256 = trust_sha256(in->trust),
		.leaf = in->leaf,
		.extension = in->scts,
		.staple = a->verdict.staple == VERIFY_STAPLE_GOOD ? in->staple : SLICE_EMPTY,
		.now = in->now,
	};

	if (scts.logs == NULL || !a->verdict.below_public_root)
		return true;
	scts.issuer = sk_X509_value(a->path, length > 1 ? 1 : 0);
	if (verify_sct_judge(&scts))
		return true;
	if (ct_logs_are_fresh(scts.logs, in->now))
		return fault(a, VERIFY_TRANSPARENCY, 0, in->leaf);
	a->verdict.notes |= VERIFY_NOTE_UNLOGGED;
	return true;
}

/* The span in which every certificate of the path is valid.  A lifted date does not narrow it: the exception does. */
static bool
check_dates(struct attempt *a, int length)
{
	const struct verify_input *in = a->judge->in;
	int64_t from, until;

	for (int i = 0; i < length; i++) {
		X509 *cert = sk_X509_value(a->path, i);

		if (!verify_cert_time(X509_get0_notBefore(cert), &from) ||
			!verify_cert_time(X509_get0_notAfter(cert), &until))
			return fault(a, VERIFY_MALFORMED, i, cert);
		if (i == 0 && a->anchor && from > a->anchor->distrust_after && !fault(a, VERIFY_DISTRUSTED, 0, cert))
			return false;
		if (from > a->verdict.valid_from && from <= in->now)
			a->verdict.valid_from = from;
		if (until < a->verdict.valid_until && until >= in->now)
			a->verdict.valid_until = until;
	}
	return true;
}

static bool
check_leaf(struct attempt *a)
{
	const struct verify_input *in = a->judge->in;
	enum hostname_suffixes suffixes =
		in->options & VERIFY_ALL_SUFFIXES ? HOSTNAME_SUFFIXES_ALL : HOSTNAME_SUFFIXES_ICANN;

	return fault(a, verify_cert_leaf(in->leaf), 0, in->leaf) &&
	       fault(a, verify_names_cover(in->leaf, in->host, suffixes), 0, in->leaf);
}

/* Judges one path through what is left of the pool. */
static void
attempt_path(struct attempt *a)
{
	const struct verify_input *in = a->judge->in;
	int length;

	if (!find_path(a))
		return;
	length = sk_X509_num(a->path);
	a->anchor = trust_anchor_of(in->trust, sk_X509_value(a->path, length - 1));
	a->verdict.below_public_root = a->anchor && a->anchor->source == TRUST_SYSTEM;
	/* One refusal is enough; fault() has recorded it. */
	if (check_keys(a, length) && check_dates(a, length) && check_eku(a, length) && check_constraints(a, length) &&
		check_leaf(a) && check_status(a, length) && check_transparency(a, length))
		mark_path(a, length);
}

/* --- the pool --- */

static bool
pool_has(const struct judge *j, const X509 *cert)
{
	for (size_t i = 0; i < j->pool_count; i++)
		if (j->pool[i].cert == cert)
			return true;
	return false;
}

static void
pool_add_anchors(struct judge *j, const X509_NAME *subject)
{
	size_t count;
	const struct trust_anchor *anchor = trust_anchors_named(j->in->trust, subject, &count);

	for (; count > 0 && j->pool_count < POOL_MAX; anchor++, count--)
		if (!pool_has(j, anchor->cert))
			j->pool[j->pool_count++] = (struct candidate){anchor->cert, true, false};
}

/* Which of the path's certificates, from the top, has a twin that is not on the path: it is put out, and true. */
static bool
pool_retreat(struct judge *j, STACK_OF(X509) *path)
{
	for (int depth = sk_X509_num(path) - 1; depth > 0; depth--) {
		X509 *cert = sk_X509_value(path, depth);
		struct candidate *own = NULL;
		bool has_twin = false;

		for (size_t i = 0; i < j->pool_count; i++) {
			struct candidate *c = &j->pool[i];

			if (c->cert == cert)
				own = c;
			else if (!c->is_out &&
				 X509_NAME_cmp(X509_get_subject_name(c->cert), X509_get_subject_name(cert)) == 0)
				has_twin = true;
		}
		if (own && has_twin) {
			own->is_out = true;
			return true;
		}
	}
	return false;
}

/* --- what was presented --- */

/* An intermediate that must not be computed with is left out; a path may do without it. */
static void
take_intermediate(struct judge *j, X509 *cert, int depth, size_t *bytes, size_t *names, size_t *subtrees)
{
	enum verify_reason reason = verify_cert_shape(cert, bytes);

	if (reason == VERIFY_OK)
		reason = verify_names_count(cert, names, subtrees);
	if (reason == VERIFY_OK)
		j->pool[j->pool_count++] = (struct candidate){cert, false, false};
	else if (j->dropped.reason == VERIFY_OK)
		refuse(&j->dropped, j->in->trust, reason, depth, cert);
}

/* Counts and measures; fills the pool.  The reason to stop, or VERIFY_OK. */
static enum verify_reason
take_presented(struct judge *j)
{
	const struct verify_input *in = j->in;
	STACK_OF(X509) *stacks[] = {in->chain, in->extra};
	size_t bytes = 0, names = 0, subtrees = 0, count = 1;
	enum verify_reason reason;

	for (size_t s = 0; s < 2; s++)
		count += stacks[s] ? (size_t)sk_X509_num(stacks[s]) : 0;
	if (count > VERIFY_CERTS_MAX + 1) /* the leaf may be in the chain once more */
		return VERIFY_PATHOLOGICAL;
	reason = verify_cert_shape(in->leaf, &bytes);
	if (reason == VERIFY_OK)
		reason = verify_names_count(in->leaf, &names, &subtrees);
	for (size_t s = 0, depth = 1; s < 2 && reason == VERIFY_OK; s++) {
		for (int i = 0; stacks[s] && i < sk_X509_num(stacks[s]) && bytes <= VERIFY_BYTES_MAX; i++) {
			X509 *cert = sk_X509_value(stacks[s], i);

			if (cert != in->leaf && !pool_has(j, cert))
				take_intermediate(j, cert, (int)depth++, &bytes, &names, &subtrees);
		}
	}
	if (bytes > VERIFY_BYTES_MAX || (subtrees > 0 && names > VERIFY_NAME_PRODUCT / subtrees))
		return VERIFY_PATHOLOGICAL;
	return reason;
}

/* Our own CA, in whatever role: an origin that presents it intercepts with it, or leads us to ourselves. */
static bool
is_own(const struct judge *j, X509 *cert)
{
	uint8_t spki[TRUST_DIGEST];

	return !trust_spki_digest(trust_sha256(j->in->trust), cert, spki) || trust_key_is_own(j->in->trust, spki) ||
	       trust_signed_by_own_ca(j->in->trust, cert);
}

/* True where nothing forbids looking for a path. */
static bool
prepare(struct judge *j, struct verify_verdict *out)
{
	const struct verify_input *in = j->in;
	enum verify_reason reason;
	size_t presented;

	if (in->leaf == NULL) {
		refuse(out, in->trust, VERIFY_NO_CERTIFICATE, 0, NULL);
		return false;
	}
	if (!trust_spki_digest(trust_sha256(in->trust), in->leaf, j->leaf_spki)) {
		refuse(out, in->trust, VERIFY_INTERNAL, 0, NULL);
		return false;
	}
	memcpy(out->leaf_spki, j->leaf_spki, TRUST_DIGEST);
	reason = take_presented(j);
	if (reason != VERIFY_OK) {
		refuse(out, in->trust, reason, 0, in->leaf);
		return false;
	}
	if (is_own(j, in->leaf)) {
		refuse(out, in->trust, VERIFY_OWN_CA, 0, in->leaf);
		return false;
	}
	presented = j->pool_count;
	pool_add_anchors(j, X509_get_issuer_name(in->leaf));
	pool_add_anchors(j, X509_get_subject_name(in->leaf));
	for (size_t i = 0; i < presented; i++) {
		if (is_own(j, j->pool[i].cert)) {
			refuse(out, in->trust, VERIFY_OWN_CA, (int)i + 1, j->pool[i].cert);
			return false;
		}
		pool_add_anchors(j, X509_get_issuer_name(j->pool[i].cert));
		pool_add_anchors(j, X509_get_subject_name(j->pool[i].cert));
	}
	return true;
}

void
verify_verdict_ask(struct verify_verdict *v, const struct revocations *revocations)
{
	size_t at = v->mark_count;

	if (revocations && revocations->set && verify_verdict_accepts(v))
		at = revocation_set_find(revocations->set, v->marks, v->mark_count);
	if (at == v->mark_count)
		return;
	v->reason = VERIFY_REVOKED;
	v->depth = (uint8_t)at;
	v->has_fault = false;
}

void
verify_chain(const struct verify_input *in, struct verify_verdict *out)
{
	struct judge judge = {.in = in, .dropped = {.reason = VERIFY_OK}};
	struct verify_verdict first = verify_verdict_unjudged();
	bool again = true;

	*out = verify_verdict_unjudged();
	out->generation = trust_generation(in->trust);
	if (!prepare(&judge, out))
		return;
	for (int tries = 0; again && tries < PATHS_MAX; tries++) {
		struct attempt a = {.judge = &judge, .verdict = *out};

		a.verdict.reason = VERIFY_OK;
		a.verdict.valid_from = INT64_MIN;
		a.verdict.valid_until = INT64_MAX;
		attempt_path(&a);
		if (tries == 0 || a.verdict.reason == VERIFY_OK)
			first = a.verdict;
		again = a.verdict.reason != VERIFY_OK && a.path && pool_retreat(&judge, a.path);
		sk_X509_pop_free(a.path, X509_free);
	}
	/* Why there is no issuer: the one that was sent could not be used. */
	if (first.reason == VERIFY_UNKNOWN_ISSUER && judge.dropped.reason != VERIFY_OK) {
		first.reason = judge.dropped.reason;
		first.depth = judge.dropped.depth;
		first.has_fault = judge.dropped.has_fault;
		memcpy(first.fault_spki, judge.dropped.fault_spki, TRUST_DIGEST);
	}
	*out = first;
	verify_verdict_ask(out, in->revocations);
}
