/* Revocation lists: what they revoke, and what is no list. */
#include "suites.h"
#include "verify_world.h"

#include "tls/revocation.h"
#include "tls/verify_cache.h"

#define CDP(url)                                            \
	{                                                   \
		{                                           \
			"crlDistributionPoints", "URI:" url \
		}                                           \
	}

static unsigned wanted;
static uint64_t last_wanted;

static void
on_wanted(void *owner, uint64_t list, struct slice url, X509 *issuer)
{
	(void)owner, (void)issuer;
	ck_assert_uint_gt(url.len, 0);
	wanted++;
	last_wanted = list;
}

/* The set of one list of the intermediate that names `revoked`. */
static struct revocation_set *
set_of(X509 *leaf, X509 *revoked)
{
	struct slice url;
	X509_CRL *crl = revocation_crl_decode(pki_crl(&world.ica, revoked, 60));
	struct revocation_entry entry = {.id = revocation_mark_of(leaf, world.ica.cert, &url).list};
	struct revocation_set *set;

	ck_assert_ptr_nonnull(crl);
	ck_assert(revocation_crl_is_genuine(crl, world.ica.cert));
	entry.list = revocation_list_new(crl);
	set = revocation_set_new(&entry, 1);
	revocation_list_release(entry.list);
	X509_CRL_free(crl);
	return set;
}

START_TEST(a_list_that_comes_later_refuses_what_was_accepted_and_remembered)
{
	struct revocations revocations = {.wanted = on_wanted};
	struct hostname host = world_host("www.example.org");
	X509 *leaf = PUBLIC_LEAF(.extra = CDP("http://ca.example/ca.crl"));
	struct verify_cache *cache = verify_cache_new(4);
	struct verify_input in = {.trust = world.trust,
		.leaf = leaf,
		.chain = pki_stack(1, &world.ica.cert),
		.host = &host,
		.now = PKI_NOW,
		.revocations = &revocations};
	struct verify_verdict v;

	wanted = 0;
	for (int twice = 0; twice < 2; twice++) {
		verify_cache_judge(cache, &in, &v);
		ASSERT_REASON(v, VERIFY_OK);
	}
	ck_assert_uint_eq(wanted, 1);
	ck_assert_uint_eq(v.marks[0].list, last_wanted);
	revocations.set = set_of(leaf, NULL);
	verify_cache_judge(cache, &in, &v);
	ASSERT_REASON(v, VERIFY_OK);
	revocation_set_release(revocations.set);
	revocations.set = set_of(leaf, leaf);
	verify_cache_judge(cache, &in, &v);
	ASSERT_REASON(v, VERIFY_REVOKED);
	ck_assert_uint_eq(v.depth, 0);
	ck_assert_uint_eq(verify_cache_counts(cache).hits, 3);
	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_REVOKED);
	in.revocations = NULL;
	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_OK);
	revocation_set_release(revocations.set);
	verify_cache_free(cache);
}
END_TEST

START_TEST(marks_are_those_of_the_list_the_issuer_and_the_serial)
{
	X509 *one = PUBLIC_LEAF(.extra = CDP("http://ca.example/1.crl")),
	     *two = PUBLIC_LEAF(.extra = CDP("http://ca.example/2.crl"));
	X509 *none[] = {PUBLIC_LEAF(.extra = CDP("ldap://ca.example/")),
		PUBLIC_LEAF(.extra = CDP("https://ca.example/c")),
		PUBLIC_LEAF(.extra = CDP("http://ca.example:8080/c")), PUBLIC_LEAF(.cn = "no list"),
		PUBLIC_LEAF(.extra = {{"crlDistributionPoints", "DER:3080"}})};
	struct slice url;

	ck_assert_uint_ne(revocation_mark_of(one, world.ica.cert, &url).list, 0);
	assert_slice(url, "http://ca.example/1.crl");
	ck_assert_uint_ne(
		revocation_mark_of(one, world.ica.cert, &url).list, revocation_mark_of(two, world.ica.cert, &url).list);
	ck_assert_uint_ne(revocation_mark_of(one, world.ica.cert, &url).list,
		revocation_mark_of(one, world.root.cert, &url).list);
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		ck_assert_msg(revocation_mark_of(none[i], world.ica.cert, &url).list == 0, "%zu", i);
}
END_TEST

START_TEST(what_is_no_list_is_refused)
{
	struct slice good = pki_crl(&world.ica, NULL, 60);
	X509_CRL *crl = revocation_crl_decode(good);
	int64_t from, until;

	ck_assert_ptr_nonnull(crl);
	ck_assert(revocation_crl_times(crl, &from, &until));
	ck_assert_int_eq(from, PKI_NOW - 60);
	ck_assert_int_gt(until, from);
	ck_assert(!revocation_crl_is_genuine(crl, world.root.cert));
	X509_CRL_free(crl);
	ck_assert_ptr_null(revocation_crl_decode(SLICE_EMPTY));
	ck_assert_ptr_null(revocation_crl_decode(SLICE("<html>")));
	ck_assert_ptr_null(revocation_crl_decode(slice_sub(good, 0, good.len - 1)));
	ck_assert_ptr_null(revocation_crl_decode(pki_der(world.ica.cert)));
}
END_TEST

WORLD_SUITE(revocation, "revocation", a_list_that_comes_later_refuses_what_was_accepted_and_remembered,
	marks_are_those_of_the_list_the_issuer_and_the_serial, what_is_no_list_is_refused)
