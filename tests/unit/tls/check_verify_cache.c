/* Remembered verdicts: what is a hit, and above all what is not. */
#include "suites.h"
#include "verify_world.h"

#include "tls/verify_cache.h"

/* One question; each test changes one thing in a copy. */
static struct verify_input
question(X509 *leaf, const struct hostname *host)
{
	return (struct verify_input){.trust = world.trust,
		.leaf = leaf,
		.chain = pki_stack(1, (X509 *[]){world.ica.cert}),
		.host = host,
		.now = PKI_NOW};
}

/* Asks, expects the verdict, and returns whether it came from memory. */
static bool
was_hit(struct verify_cache *cache, const struct verify_input *in, enum verify_reason expected)
{
	struct verify_cache_counts before = verify_cache_counts(cache), after;
	struct verify_verdict verdict;

	verify_cache_judge(cache, in, &verdict);
	ASSERT_REASON(verdict, expected);
	after = verify_cache_counts(cache);
	ck_assert_uint_eq(after.hits + after.misses, before.hits + before.misses + 1);
	return after.hits > before.hits;
}

START_TEST(same_chain_is_remembered)
{
	struct verify_cache *cache = verify_cache_new(10);
	struct hostname host = world_host("www.example.org");
	struct verify_input in = question(PUBLIC_LEAF(.cn = "x"), &host);
	struct verify_verdict first, second;

	verify_cache_judge(cache, &in, &first);
	verify_cache_judge(cache, &in, &second);
	ck_assert_mem_eq(&first, &second, sizeof first);
	ck_assert(was_hit(cache, &in, VERIFY_OK));
	/* The leaf in the chain once more, as libssl hands it over, is the same chain. */
	in.chain = pki_stack(2, (X509 *[]){in.leaf, world.ica.cert});
	ck_assert(was_hit(cache, &in, VERIFY_OK));
	verify_cache_free(cache);
}
END_TEST

START_TEST(whatever_differs_is_judged_anew)
{
	struct verify_cache *cache = verify_cache_new(100);
	struct hostname host = world_host("www.example.org"), other = world_host("a.example.org");
	X509 *leaf = PUBLIC_LEAF(.san = "DNS:www.example.org,DNS:a.example.org");
	struct verify_input in = question(leaf, &host), changed;
	struct trust *next;
	struct problems problems = {0};
	struct trust_builder *b = world_builder();

	ck_assert(!was_hit(cache, &in, VERIFY_OK));
	changed = in;
	changed.host = &other;
	ck_assert(!was_hit(cache, &changed, VERIFY_OK));
	changed = in;
	changed.leaf = PUBLIC_LEAF(.san = "DNS:www.example.org,DNS:a.example.org");
	ck_assert(!was_hit(cache, &changed, VERIFY_OK));
	changed = in;
	changed.chain = pki_stack(2, (X509 *[]){world.ica.cert, world.root.cert});
	ck_assert(!was_hit(cache, &changed, VERIFY_OK));
	changed = in;
	changed.staple = PKI_OCSP(.about = leaf, .issuer = &world.ica);
	ck_assert(!was_hit(cache, &changed, VERIFY_OK));
	changed.staple = PKI_OCSP(.about = leaf, .issuer = &world.ica, .status = PKI_REVOKED);
	ck_assert(!was_hit(cache, &changed, VERIFY_REVOKED));
	changed = in;
	changed.options = VERIFY_ALL_SUFFIXES;
	ck_assert(!was_hit(cache, &changed, VERIFY_OK));
	ck_assert(was_hit(cache, &in, VERIFY_OK));
	/* Trust changes: all is forgotten. */
	next = trust_build(b, WORLD_GENERATION + 1, &problems);
	trust_builder_free(b);
	changed = in;
	changed.trust = next;
	ck_assert(!was_hit(cache, &changed, VERIFY_OK));
	ck_assert(!was_hit(cache, &in, VERIFY_OK));
	trust_release(next);
	problems_release(&problems);
	verify_cache_free(cache);
}
END_TEST

START_TEST(verdicts_are_forgotten_when_their_time_is_over)
{
	struct verify_cache *cache = verify_cache_new(10);
	struct hostname host = world_host("www.example.org");
	struct verify_input in = question(PUBLIC_LEAF(.from = -100, .until = 100), &host);

	ck_assert(!was_hit(cache, &in, VERIFY_OK));
	in.now = PKI_NOW + 100;
	ck_assert(was_hit(cache, &in, VERIFY_OK));
	in.now = PKI_NOW - 101;
	ck_assert(!was_hit(cache, &in, VERIFY_NOT_YET_VALID));
	in.now = PKI_NOW;
	ck_assert(!was_hit(cache, &in, VERIFY_OK));
	in.now = PKI_NOW + 101;
	ck_assert(!was_hit(cache, &in, VERIFY_EXPIRED));
	verify_cache_free(cache);
}
END_TEST

START_TEST(refusals_are_not_remembered_and_help_nobody)
{
	struct verify_cache *cache = verify_cache_new(10);
	struct hostname host = world_host("www.example.org");
	struct verify_input good = question(PUBLIC_LEAF(.cn = "x"), &host);
	struct verify_input self = question(PKI_MAKE(.cn = "x").cert, &host);
	struct verify_input own = question(PKI_MAKE(.issuer = &world.own_ca).cert, &host);
	struct verify_input wrong = question(PUBLIC_LEAF(.san = "DNS:other.example"), &host);

	for (int i = 0; i < 3; i++) {
		ck_assert(was_hit(cache, &good, VERIFY_OK) == (i > 0));
		ck_assert(!was_hit(cache, &self, VERIFY_SELF_SIGNED));
		ck_assert(!was_hit(cache, &own, VERIFY_OWN_CA));
		ck_assert(!was_hit(cache, &wrong, VERIFY_NAME_MISMATCH));
	}
	verify_cache_free(cache);
}
END_TEST

START_TEST(the_one_unused_for_longest_gives_way)
{
	struct verify_cache *cache = verify_cache_new(3);
	struct hostname host = world_host("www.example.org");
	struct verify_input in[4];

	for (int i = 0; i < 4; i++)
		in[i] = question(PUBLIC_LEAF(.cn = "x"), &host);
	for (int i = 0; i < 3; i++)
		ck_assert(!was_hit(cache, &in[i], VERIFY_OK));
	ck_assert(was_hit(cache, &in[0], VERIFY_OK));
	ck_assert(!was_hit(cache, &in[3], VERIFY_OK)); /* puts 1 out */
	ck_assert(was_hit(cache, &in[0], VERIFY_OK));
	ck_assert(was_hit(cache, &in[2], VERIFY_OK));
	ck_assert(!was_hit(cache, &in[1], VERIFY_OK));
	verify_cache_free(cache);
}
END_TEST

START_TEST(no_cache_is_no_obstacle)
{
	struct hostname host = world_host("www.example.org");
	struct verify_input in = question(PUBLIC_LEAF(.cn = "x"), &host);
	struct verify_verdict verdict;
	struct verify_cache *empty = verify_cache_new(0);

	verify_cache_judge(NULL, &in, &verdict);
	ASSERT_REASON(verdict, VERIFY_OK);
	ck_assert(!was_hit(empty, &in, VERIFY_OK));
	ck_assert(!was_hit(empty, &in, VERIFY_OK));
	in.leaf = NULL;
	verify_cache_judge(empty, &in, &verdict);
	ASSERT_REASON(verdict, VERIFY_NO_CERTIFICATE);
	verify_cache_free(empty);
	verify_cache_free(NULL);
}
END_TEST

WORLD_SUITE(verify_cache, "verify_cache", same_chain_is_remembered, whatever_differs_is_judged_anew,
	verdicts_are_forgotten_when_their_time_is_over, refusals_are_not_remembered_and_help_nobody,
	the_one_unused_for_longest_gives_way, no_cache_is_no_obstacle)
