/* From bytes to a trust: see trust_builder.h. */
#include "tls/trust_builder.h"

#include "tls/trust_pem.h"
#include "tls/trust_state.h"
#include "tls/trust_tables.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct trust_builder {
	struct trust *trust; /* what is being built; its arrays are in no order yet; NULL once it is handed out */
	bool failed;         /* an addition failed */
};

/* Room for one more item at the end, cleared and counted; NULL when memory is out. */
static void *
array_add(struct trust_array *array, size_t item_size)
{
	void *item;

	if (array->count == array->capacity) {
		size_t capacity = array->capacity ? array->capacity * 2 : 16;
		void *items = reallocarray(array->items, capacity, item_size);

		if (items == NULL)
			return NULL;
		array->items = items;
		array->capacity = capacity;
	}
	item = (char *)array->items + array->count++ * item_size;
	return memset(item, 0, item_size);
}

static bool
add_key(struct trust_array *array, const uint8_t spki[TRUST_DIGEST], int64_t after)
{
	struct trust_key *key = array_add(array, sizeof *key);

	if (key == NULL)
		return false;
	memcpy(key->spki, spki, TRUST_DIGEST);
	key->after = after;
	return true;
}

static bool
digest_parse(const char *hex, uint8_t out[TRUST_DIGEST])
{
	for (size_t i = 0; i < TRUST_DIGEST; i++) {
		int high = ascii_hex_value(hex[2 * i]), low = high < 0 ? -1 : ascii_hex_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
add_tables(struct trust *t)
{
	uint8_t spki[TRUST_DIGEST];

	for (size_t i = 0; i < trust_denied_row_count; i++)
		if (!digest_parse(trust_denied_rows[i].spki, spki) || !add_key(&t->denied, spki, 0))
			return false;
	for (size_t i = 0; i < trust_distrust_row_count; i++)
		if (!digest_parse(trust_distrust_rows[i].spki, spki) ||
			!add_key(&t->distrusted, spki, trust_distrust_rows[i].after))
			return false;
	return true;
}

struct trust_builder *
trust_builder_new(OSSL_LIB_CTX *libctx)
{
	struct trust_builder *b = calloc(1, sizeof *b);
	struct trust *t = calloc(1, sizeof *t);

	if (b == NULL || t == NULL) {
		free(b);
		free(t);
		return NULL;
	}
	b->trust = t;
	t->libctx = libctx;
	t->sha256 = EVP_MD_fetch(libctx, "SHA256", NULL);
	if (t->sha256 == NULL || !add_tables(t)) {
		trust_builder_free(b);
		return NULL;
	}
	return b;
}

void
trust_builder_free(struct trust_builder *b)
{
	if (b && b->trust)
		trust_destroy(b->trust);
	free(b);
}

/* The certificate, without anything behind it; NULL where it is none. */
static X509 *
read_certificate(OSSL_LIB_CTX *libctx, struct slice der)
{
	const unsigned char *at = (const unsigned char *)der.ptr;
	X509 *cert = X509_new_ex(libctx, NULL);

	if (cert && (d2i_X509(&cert, &at, (long)der.len) == NULL || (const char *)at != der.ptr + der.len)) {
		X509_free(cert);
		cert = NULL;
	}
	ERR_clear_error();
	return cert;
}

struct anchor_input {
	struct trust *trust;
	enum trust_source source;
};

static bool
take_anchor(void *user, struct slice der)
{
	struct anchor_input *input = user;
	X509 *cert = read_certificate(input->trust->libctx, der);
	struct trust_anchor *anchor = NULL;

	if (cert == NULL)
		return false;
	if (X509_get0_pubkey(cert) == NULL || (anchor = array_add(&input->trust->anchors, sizeof *anchor)) == NULL) {
		X509_free(cert);
		return false;
	}
	anchor->cert = cert;
	anchor->source = input->source;
	anchor->distrust_after = INT64_MAX;
	X509_check_purpose(cert, -1, 0); /* reads the extensions now, so that threads only read */
	return trust_spki_digest(input->trust->sha256, cert, anchor->spki) &&
	       X509_digest(cert, input->trust->sha256, anchor->fingerprint, NULL) == 1;
}

static bool
take_own(void *user, struct slice der)
{
	struct trust *t = user;
	X509 *cert = read_certificate(t->libctx, der);
	struct trust_own *own = NULL;

	if (cert == NULL)
		return false;
	if ((own = array_add(&t->own, sizeof *own)) == NULL) {
		X509_free(cert);
		return false;
	}
	own->cert = cert;
	return trust_spki_digest(t->sha256, cert, own->spki);
}

static bool
take_crl(void *user, struct slice der)
{
	struct trust *t = user;
	const unsigned char *at = (const unsigned char *)der.ptr;
	X509_CRL *crl = X509_CRL_new_ex(t->libctx, NULL);
	struct trust_crl *entry = calloc(1, sizeof *entry), **place = NULL;

	if (crl && entry && d2i_X509_CRL(&crl, &at, (long)der.len) && (const char *)at == der.ptr + der.len)
		place = array_add(&t->crls, sizeof *place);
	ERR_clear_error();
	if (place == NULL) {
		X509_CRL_free(crl);
		free(entry);
		return false;
	}
	pthread_mutex_init(&entry->lock, NULL);
	entry->crl = crl;
	*place = entry;
	return true;
}

/* Reads one input; false, with the problem said, where it is not sound. */
static bool
add_input(struct trust_builder *b, struct slice bytes, enum trust_pem_kind kind, trust_pem_fn *take, void *user,
	const char *file, struct problems *problems)
{
	const char *what = kind == TRUST_PEM_CRL ? "revocation list" : "certificate";
	unsigned line;
	long taken = trust_pem_read(bytes, kind, take, user, &line);

	if (taken > 0)
		return true;
	b->failed = true;
	if (bytes.len == 0)
		problems_add(problems, false, file, 0, 0, "restore the file or name another one", "the file is empty");
	else if (taken == 0)
		problems_add(problems, false, file, 0, 0, "restore the file or name another one",
			"there is no %s in it", what);
	else
		problems_add(problems, false, file, line, 0, "restore the file; it may be cut off",
			"this %s cannot be read", what);
	return false;
}

bool
trust_add_anchors(struct trust_builder *b, struct slice bytes, enum trust_source source, const char *file,
	int64_t modified, struct problems *problems)
{
	struct anchor_input input = {b->trust, source};

	if (!add_input(b, bytes, TRUST_PEM_CERTIFICATE, take_anchor, &input, file, problems))
		return false;
	if (modified > 0 && (b->trust->oldest == 0 || modified < b->trust->oldest))
		b->trust->oldest = modified;
	return true;
}

bool
trust_add_own_ca(struct trust_builder *b, struct slice bytes, const char *file, struct problems *problems)
{
	return add_input(b, bytes, TRUST_PEM_CERTIFICATE, take_own, b->trust, file, problems);
}

bool
trust_add_crls(struct trust_builder *b, struct slice bytes, const char *file, struct problems *problems)
{
	return add_input(b, bytes, TRUST_PEM_CRL, take_crl, b->trust, file, problems);
}

bool
trust_add_ct_logs(struct trust_builder *b, struct slice json, const char *file, int64_t now, struct problems *problems)
{
	struct trust *t = b->trust;

	t->ct_logs = ct_logs_read(t->libctx, t->sha256, json, file, problems);
	b->failed |= t->ct_logs == NULL;
	if (t->ct_logs && !ct_logs_are_fresh(t->ct_logs, now))
		problems_add(problems, true, file, 0, 0, "fetch a new one",
			"the list of transparency logs is older than %d days: certificates need not be logged until it "
			"is renewed",
			(int)(CT_LOGS_FRESH_S / 86400));
	return t->ct_logs != NULL;
}

bool
trust_add_denied_key(struct trust_builder *b, const uint8_t spki[TRUST_DIGEST])
{
	bool ok = add_key(&b->trust->denied, spki, 0);

	b->failed |= !ok;
	return ok;
}

bool
trust_add_distrust_after(struct trust_builder *b, const uint8_t spki[TRUST_DIGEST], int64_t date)
{
	bool ok = add_key(&b->trust->distrusted, spki, date);

	b->failed |= !ok;
	return ok;
}

bool
trust_add_exception(struct trust_builder *b, const struct trust_exception *e, int64_t now)
{
	struct trust_exception *copy;

	if (!verify_reason_is_exceptable(e->reason) || e->host.kind == HOSTNAME_NONE ||
		e->expires > now + TRUST_EXCEPTION_MAX_S)
		return false;
	copy = array_add(&b->trust->exceptions, sizeof *copy);
	if (copy)
		*copy = *e;
	b->failed |= copy == NULL;
	return copy != NULL;
}

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(((const struct trust_key *)a)->spki, ((const struct trust_key *)b)->spki, TRUST_DIGEST);
}

/* By subject (so that a subject's anchors are one run), then by certificate, added ones first. */
static int
compare_anchors(const void *a, const void *b)
{
	const struct trust_anchor *x = a, *y = b;
	int order = X509_NAME_cmp(X509_get_subject_name(x->cert), X509_get_subject_name(y->cert));

	if (order == 0)
		order = memcmp(x->fingerprint, y->fingerprint, TRUST_DIGEST);
	return order != 0 ? order : (int)y->source - (int)x->source;
}

/* The earliest date on which this key was distrusted. */
static int64_t
distrust_date(const struct trust *t, const uint8_t spki[TRUST_DIGEST])
{
	const struct trust_key *keys = t->distrusted.items;
	int64_t date = INT64_MAX;

	for (size_t i = 0; i < t->distrusted.count; i++)
		if (memcmp(keys[i].spki, spki, TRUST_DIGEST) == 0 && keys[i].after < date)
			date = keys[i].after;
	return date;
}

/* Why an anchor must not be one, or NULL. */
static const char *
anchor_defect(const struct trust *t, const struct trust_anchor *anchor)
{
	if (trust_key_is_own(t, anchor->spki))
		return "is this proxy's own authority and is not trusted for servers";
	if (trust_key_is_denied(t, anchor->spki))
		return "has a key that is known to be misused and is not trusted";
	return NULL;
}

/* Sorts the anchors, and leaves out doubles and those that must not be. */
static void
settle_anchors(struct trust *t, struct problems *problems)
{
	struct trust_anchor *anchors = t->anchors.items;
	size_t kept = 0;

	if (t->anchors.count > 0)
		qsort(anchors, t->anchors.count, sizeof *anchors, compare_anchors);
	for (size_t i = 0; i < t->anchors.count; i++) {
		const char *defect = anchor_defect(t, &anchors[i]);

		if (defect)
			problems_add(problems, true, NULL, 0, 0, "remove it from the trusted certificates",
				"a trusted certificate (SHA-256 %02x%02x%02x%02x...) %s", anchors[i].fingerprint[0],
				anchors[i].fingerprint[1], anchors[i].fingerprint[2], anchors[i].fingerprint[3],
				defect);
		if (defect || (kept > 0 && memcmp(anchors[kept - 1].fingerprint, anchors[i].fingerprint,
						   TRUST_DIGEST) == 0)) {
			X509_free(anchors[i].cert);
			continue;
		}
		anchors[kept] = anchors[i];
		/* Who adds a root by hand knows what it is for; browsers make the same difference. */
		if (anchors[kept].source == TRUST_SYSTEM)
			anchors[kept].distrust_after = distrust_date(t, anchors[kept].spki);
		kept++;
	}
	t->anchors.count = kept;
}

struct trust *
trust_build(struct trust_builder *b, uint64_t generation, struct problems *problems)
{
	struct trust *t = b->trust;

	if (b->failed || t == NULL) {
		if (problems->errors == 0)
			problems_add(problems, false, NULL, 0, 0, "free memory and try again", "memory is out");
		return NULL;
	}
	qsort(t->denied.items, t->denied.count, sizeof(struct trust_key), compare_keys);
	settle_anchors(t, problems);
	if (t->anchors.count == 0) {
		problems_add(problems, false, NULL, 0, 0, "set tls { trust system } or name PEM files",
			"no trusted certificate is left: no server could be verified");
		return NULL;
	}
	t->generation = generation;
	atomic_init(&t->references, 1);
	b->trust = NULL;
	return t;
}
