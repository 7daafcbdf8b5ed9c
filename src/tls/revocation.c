/* Revocation lists as sets of numbers.  See revocation.h. */
#include "tls/revocation.h"

#include "base/siphash.h"
#include "tls/aia.h"
#include "tls/verify_cert.h"
#include "tls/verify_der.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define WEEK_SECONDS INT64_C(604800)

struct revocation_list {
	atomic_uint references;
	size_t count;
	uint64_t serials[]; /* ascending */
};

struct revocation_set {
	atomic_uint references;
	size_t count;
	struct revocation_entry entries[]; /* ascending by id */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct siphash_key key;

static void
make_key(void)
{
	key = siphash_random_key();
}

/* ---- marks ---- */

static uint64_t
serial_id(const ASN1_INTEGER *serial)
{
	pthread_once(&once, make_key);
	return siphash13(&key, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
}

/* The first URL of a distribution point that stands for all reasons and for the issuer itself (section 4.2.1.13). */
static bool
distribution_url(const X509 *cert, struct slice *url)
{
	struct slice content, points, point, full, names, name;
	struct cursor c, in_point, in_name, in_names;
	struct aia_url parsed;
	uint8_t tag;

	if (!verify_cert_extension(cert, NID_crl_distribution_points, &content))
		return false;
	c = cursor_over(content);
	if (!der_expect(&c, DER_SEQUENCE, &points))
		return false;
	c = cursor_over(points);
	while (der_expect(&c, DER_SEQUENCE, &point)) {
		in_point = cursor_over(point);
		/* distributionPoint [0] { fullName [0] { GeneralName... } }, and nothing behind it */
		if (!der_expect(&in_point, DER_CONTEXT | 0x20, &full) || !cursor_at_end(&in_point))
			continue;
		in_name = cursor_over(full);
		if (!der_expect(&in_name, DER_CONTEXT | 0x20, &names))
			continue;
		in_names = cursor_over(names);
		while (der_read(&in_names, &tag, &name))
			if (tag == (DER_CONTEXT | GEN_URI) && aia_url_parse(name, &parsed)) {
				*url = name;
				return true;
			}
	}
	return false;
}

struct revocation_mark
revocation_mark_of(const X509 *cert, const X509 *issuer, struct slice *url)
{
	struct revocation_mark mark = {0};
	const ASN1_BIT_STRING *spki = X509_get0_pubkey_bitstr(issuer);
	uint64_t parts[2];

	if (spki == NULL || !distribution_url(cert, url))
		return mark;
	mark.serial = serial_id(X509_get0_serialNumber(cert));
	parts[0] = siphash13(&key, ASN1_STRING_get0_data(spki), (size_t)ASN1_STRING_length(spki));
	parts[1] = siphash13(&key, url->ptr, url->len);
	mark.list = siphash13(&key, parts, sizeof parts);
	return mark;
}

/* ---- one list ---- */

/* Whether its extensions leave it what it seems to be. */
static bool
is_plain(const X509_CRL *crl)
{
	ISSUING_DIST_POINT *idp;
	bool plain = true;

	for (int i = 0; plain && i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *extension = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

		plain = nid != NID_delta_crl &&
			(nid == NID_issuing_distribution_point || !X509_EXTENSION_get_critical(extension));
	}
	idp = X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, NULL, NULL);
	if (idp)
		plain = plain && idp->indirectCRL <= 0 && idp->onlyattr <= 0 && idp->onlysomereasons == NULL;
	else if (X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) >= 0)
		plain = false;
	ISSUING_DIST_POINT_free(idp);
	return plain;
}

X509_CRL *
revocation_crl_decode(struct slice der)
{
	const unsigned char *at = (const unsigned char *)der.ptr;
	X509_CRL *crl = der.len <= INT32_MAX ? d2i_X509_CRL(NULL, &at, (long)der.len) : NULL;

	if (crl && ((const char *)at != der.ptr + der.len || !is_plain(crl))) {
		X509_CRL_free(crl);
		crl = NULL;
	}
	ERR_clear_error();
	return crl;
}

bool
revocation_crl_is_genuine(X509_CRL *crl, X509 *issuer)
{
	bool genuine = X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
		       (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 &&
		       X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;

	ERR_clear_error();
	return genuine;
}

bool
revocation_crl_times(const X509_CRL *crl, int64_t *from, int64_t *until)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

	if (!verify_cert_time(X509_CRL_get0_lastUpdate(crl), from))
		return false;
	*until = *from + WEEK_SECONDS;
	return next == NULL || verify_cert_time(next, until);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct revocation_list *
revocation_list_new(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);
	int count = revoked ? sk_X509_REVOKED_num(revoked) : 0;
	struct revocation_list *list;

	if (count > REVOCATION_SERIALS_MAX)
		return NULL;
	list = malloc(sizeof *list + (size_t)count * sizeof list->serials[0]);
	if (list == NULL)
		return NULL;
	atomic_init(&list->references, 1);
	list->count = (size_t)count;
	for (int i = 0; i < count; i++)
		list->serials[i] = serial_id(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(revoked, i)));
	qsort(list->serials, list->count, sizeof list->serials[0], compare_numbers);
	return list;
}

size_t
revocation_list_count(const struct revocation_list *list)
{
	return list->count;
}

struct revocation_list *
revocation_list_share(struct revocation_list *list)
{
	atomic_fetch_add_explicit(&list->references, 1, memory_order_relaxed);
	return list;
}

void
revocation_list_release(struct revocation_list *list)
{
	if (list && atomic_fetch_sub_explicit(&list->references, 1, memory_order_acq_rel) == 1)
		free(list);
}

/* ---- all lists ---- */

static int
compare_entries(const void *a, const void *b)
{
	return compare_numbers(&((const struct revocation_entry *)a)->id, &((const struct revocation_entry *)b)->id);
}

struct revocation_set *
revocation_set_new(const struct revocation_entry *entries, size_t count)
{
	struct revocation_set *set = malloc(sizeof *set + count * sizeof set->entries[0]);

	if (set == NULL)
		return NULL;
	atomic_init(&set->references, 1);
	set->count = count;
	for (size_t i = 0; i < count; i++)
		set->entries[i] = (struct revocation_entry){entries[i].id, revocation_list_share(entries[i].list)};
	qsort(set->entries, count, sizeof set->entries[0], compare_entries);
	return set;
}

struct revocation_set *
revocation_set_share(struct revocation_set *set)
{
	atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
	return set;
}

void
revocation_set_release(struct revocation_set *set)
{
	if (set == NULL || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < set->count; i++)
		revocation_list_release(set->entries[i].list);
	free(set);
}

size_t
revocation_set_find(const struct revocation_set *set, const struct revocation_mark *marks, size_t count)
{
	for (size_t i = 0; set && i < count; i++) {
		struct revocation_entry sought = {.id = marks[i].list};
		const struct revocation_entry *entry =
			marks[i].list ? bsearch(&sought, set->entries, set->count, sizeof sought, compare_entries)
				      : NULL;

		if (entry && bsearch(&marks[i].serial, entry->list->serials, entry->list->count, sizeof(uint64_t),
				     compare_numbers))
			return i;
	}
	return count;
}
