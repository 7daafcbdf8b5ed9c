/* Issuers that were fetched: found for those who say the same of their issuer, for a time, and never for others. */
#include "suites.h"
#include "verify_world.h"

#include "tls/issuer_store.h"

#define AIA(url)                                                    \
	{                                                           \
		{                                                   \
			"authorityInfoAccess", "caIssuers;URI:" url \
		}                                                   \
	}

static struct issuer_store *store;
static STACK_OF(X509) *found;

static enum issuer_known
find(X509 *child, int64_t now)
{
	sk_X509_pop_free(found, X509_free);
	found = sk_X509_new_null();
	return issuer_store_find(store, child, now, found);
}

START_TEST(what_was_fetched_is_found_until_it_is_old)
{
	X509 *child = PUBLIC_LEAF(.extra = AIA("http://ca.example/a"));

	store = issuer_store_new(4);
	ck_assert_int_eq(find(child, PKI_NOW), ISSUER_UNKNOWN);
	issuer_store_put(store, child, pki_stack(1, &world.ica.cert), PKI_NOW);
	ck_assert_int_eq(find(child, PKI_NOW + ISSUER_KNOWN_SECONDS - 1), ISSUER_KNOWN);
	ck_assert_int_eq(sk_X509_num(found), 1);
	ck_assert_int_eq(X509_cmp(sk_X509_value(found, 0), world.ica.cert), 0);
	ck_assert_int_eq(find(child, PKI_NOW + ISSUER_KNOWN_SECONDS), ISSUER_UNKNOWN);
	sk_X509_pop_free(found, X509_free);
	found = NULL;
	issuer_store_free(store);
}
END_TEST

START_TEST(what_failed_is_not_asked_again_for_a_while)
{
	X509 *child = PUBLIC_LEAF(.extra = AIA("http://ca.example/a"));

	store = issuer_store_new(4);
	issuer_store_put(store, child, NULL, PKI_NOW);
	ck_assert_int_eq(find(child, PKI_NOW), ISSUER_FAILED);
	ck_assert_int_eq(find(child, PKI_NOW + ISSUER_FAILED_SECONDS), ISSUER_UNKNOWN);
	sk_X509_pop_free(found, X509_free);
	found = NULL;
	issuer_store_free(store);
}
END_TEST

START_TEST(a_certificate_that_points_elsewhere_finds_nothing)
{
	X509 *bad = PUBLIC_LEAF(.extra = AIA("http://attacker.example/a")),
	     *good = PUBLIC_LEAF(.extra = AIA("http://ca.example/a"));

	store = issuer_store_new(4);
	issuer_store_put(store, bad, NULL, PKI_NOW);
	ck_assert_int_eq(find(bad, PKI_NOW), ISSUER_FAILED);
	ck_assert_int_eq(find(good, PKI_NOW), ISSUER_UNKNOWN);
	sk_X509_pop_free(found, X509_free);
	found = NULL;
	issuer_store_free(store);
}
END_TEST

START_TEST(the_oldest_gives_way)
{
	X509 *children[3] = {PUBLIC_LEAF(.extra = AIA("http://a.example/")),
		PUBLIC_LEAF(.extra = AIA("http://b.example/")), PUBLIC_LEAF(.extra = AIA("http://c.example/"))};

	store = issuer_store_new(2);
	for (int i = 0; i < 3; i++)
		issuer_store_put(store, children[i], NULL, PKI_NOW);
	issuer_store_put(store, children[2], NULL, PKI_NOW);
	ck_assert_uint_eq(issuer_store_count(store), 2);
	ck_assert_int_eq(find(children[0], PKI_NOW), ISSUER_UNKNOWN);
	ck_assert_int_eq(find(children[2], PKI_NOW), ISSUER_FAILED);
	sk_X509_pop_free(found, X509_free);
	found = NULL;
	issuer_store_free(store);
}
END_TEST

WORLD_SUITE(issuer_store, "issuer store", what_was_fetched_is_found_until_it_is_old,
	what_failed_is_not_asked_again_for_a_while, a_certificate_that_points_elsewhere_finds_nothing,
	the_oldest_gives_way)
