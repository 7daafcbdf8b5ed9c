/* The cache of leaves and the hints: one minting for many connections, bounded, and never the wrong leaf. */
#include "suites.h"

#include "leaf_fixture.h"
#include "tls/leaf_cache.h"
#include "tls/leaf_hints.h"

#include <pthread.h>
#include <stdio.h>

static const uint8_t issuer_a[MINT_ID_BYTES] = {1}, issuer_b[MINT_ID_BYTES] = {2};

static struct leaf_cache_key
key_of(const char *origin)
{
	struct leaf_cache_key key;

	ck_assert(leaf_cache_key_make(&key, slice_of(origin), issuer_a, 1, LEAF_KEY_P256, SLICE_EMPTY));
	return key;
}

struct test_waiter {
	struct leaf_waiter waiter;
	int woken;
};

static void
note_wake(struct leaf_waiter *waiter)
{
	((struct test_waiter *)waiter)->woken++;
}

#define WAITER() ((struct test_waiter){.waiter.wake = note_wake})

static enum leaf_cache_answer
acquire(struct leaf_cache *cache, const char *origin, int64_t now, struct test_waiter *waiter, struct leaf **leaf)
{
	struct leaf_cache_key key = key_of(origin);

	return leaf_cache_acquire(cache, &key, now, &waiter->waiter, leaf);
}

static void
publish(struct leaf_cache *cache, const char *origin, struct leaf *leaf)
{
	struct leaf_cache_key key = key_of(origin);

	leaf_cache_publish(cache, &key, leaf);
}

/* Puts a leaf into the cache, as a connection does that was told to mint. */
static void
fill(struct leaf_cache *cache, const char *origin, struct leaf *leaf)
{
	struct test_waiter waiter = WAITER();
	struct leaf *none;

	ck_assert_int_eq(acquire(cache, origin, NOW, &waiter, &none), LEAF_CACHE_MINT);
	publish(cache, origin, leaf);
}

static bool
is_there(struct leaf_cache *cache, const char *origin)
{
	struct test_waiter waiter = WAITER();
	struct leaf *leaf;
	bool hit = acquire(cache, origin, NOW, &waiter, &leaf) == LEAF_CACHE_HIT;

	if (!hit)
		publish(cache, origin, NULL); /* give up again */
	leaf_release(leaf);
	return hit;
}

START_TEST(everything_that_decides_a_leaf_is_in_its_key)
{
	struct leaf_cache_key keys[7];

	ck_assert(leaf_cache_key_make(&keys[0], SLICE("origin"), issuer_a, 1, LEAF_KEY_P256, SLICE("name")));
	ck_assert(leaf_cache_key_make(&keys[1], SLICE("origiN"), issuer_a, 1, LEAF_KEY_P256, SLICE("name")));
	ck_assert(leaf_cache_key_make(&keys[2], SLICE("origin"), issuer_b, 1, LEAF_KEY_P256, SLICE("name")));
	ck_assert(leaf_cache_key_make(&keys[3], SLICE("origin"), issuer_a, 2, LEAF_KEY_P256, SLICE("name")));
	ck_assert(leaf_cache_key_make(&keys[4], SLICE("origin"), issuer_a, 1, LEAF_KEY_RSA, SLICE("name")));
	ck_assert(leaf_cache_key_make(&keys[5], SLICE("origin"), issuer_a, 1, LEAF_KEY_P256, SLICE("Name")));
	ck_assert(leaf_cache_key_make(&keys[6], SLICE("originn"), issuer_a, 1, LEAF_KEY_P256, SLICE("ame")));
	for (int i = 0; i < 7; i++)
		for (int j = 0; j < i; j++)
			ck_assert_int_ne(memcmp(&keys[i], &keys[j], sizeof keys[i]), 0);
}
END_TEST

START_TEST(leaf_is_minted_once_and_found_from_then_on)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 10 * DAY), *have;
	struct test_waiter waiter = WAITER();

	fill(cache, "a", leaf);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(acquire(cache, "a", NOW, &waiter, &have), LEAF_CACHE_HIT);
		ck_assert_ptr_eq(have, leaf);
		leaf_release(have);
	}
	ck_assert_int_eq(acquire(cache, "b", NOW, &waiter, &have), LEAF_CACHE_MINT);
	ck_assert_uint_eq(leaf_cache_count(cache).mints, 2);
	ck_assert_uint_eq(leaf_cache_count(cache).hits, 100);
	leaf_cache_destroy(cache);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(connections_that_come_meanwhile_wait_for_the_one_that_mints)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 10 * DAY), *none;
	struct test_waiter first = WAITER(), waiters[3] = {WAITER(), WAITER(), WAITER()};

	ck_assert_int_eq(acquire(cache, "a", NOW, &first, &none), LEAF_CACHE_MINT);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(acquire(cache, "a", NOW, &waiters[i], &none), LEAF_CACHE_WAIT);
	leaf_cache_cancel(cache, &waiters[1].waiter);
	publish(cache, "a", leaf);
	ck_assert_int_eq(first.woken, 0);
	ck_assert_int_eq(waiters[0].woken, 1);
	ck_assert_int_eq(waiters[1].woken, 0);
	ck_assert_int_eq(waiters[2].woken, 1);
	ck_assert_ptr_eq(waiters[0].waiter.leaf, leaf);
	leaf_release(waiters[0].waiter.leaf);
	leaf_cache_cancel(cache, &waiters[2].waiter); /* woken, and gone before it looked */
	ck_assert_ptr_null(waiters[2].waiter.leaf);
	leaf_cache_destroy(cache);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(failed_minting_wakes_with_nothing_and_the_next_one_tries_again)
{
	struct leaf_cache *cache = leaf_cache_create(10);
	struct test_waiter first = WAITER(), second = WAITER();
	struct leaf *none;

	ck_assert_int_eq(acquire(cache, "a", NOW, &first, &none), LEAF_CACHE_MINT);
	ck_assert_int_eq(acquire(cache, "a", NOW, &second, &none), LEAF_CACHE_WAIT);
	publish(cache, "a", NULL);
	ck_assert_int_eq(second.woken, 1);
	ck_assert_ptr_null(second.waiter.leaf);
	ck_assert_int_eq(acquire(cache, "a", NOW, &first, &none), LEAF_CACHE_MINT);
	leaf_cache_destroy(cache);
}
END_TEST

START_TEST(least_recently_used_leaf_goes_first)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(3);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 10 * DAY);

	fill(cache, "a", leaf);
	fill(cache, "b", leaf);
	fill(cache, "c", leaf);
	ck_assert(is_there(cache, "a"));
	fill(cache, "d", leaf);
	ck_assert(!is_there(cache, "b"));
	ck_assert(is_there(cache, "a"));
	ck_assert(is_there(cache, "c"));
	ck_assert(is_there(cache, "d"));
	ck_assert_uint_eq(leaf_cache_count(cache).leaves, 3);
	ck_assert_uint_eq(leaf_cache_count(cache).evictions, 1);
	leaf_cache_destroy(cache);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(cache_stays_bounded_under_any_number_of_origins)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(100);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 10 * DAY);
	char name[32];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "%d", i);
		fill(cache, name, leaf);
		ck_assert_uint_le(leaf_cache_count(cache).leaves, 100);
	}
	ck_assert_uint_eq(atomic_load(&leaf->references), 101);
	leaf_cache_destroy(cache);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(leaf_that_is_nearly_over_is_minted_anew)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 1000), *have;
	struct test_waiter waiter = WAITER();

	fill(cache, "a", leaf);
	ck_assert_int_eq(acquire(cache, "a", NOW + 1000 - LEAF_CACHE_MARGIN_SECONDS, &waiter, &have), LEAF_CACHE_HIT);
	leaf_release(have);
	ck_assert_int_eq(acquire(cache, "a", NOW + 1001 - LEAF_CACHE_MARGIN_SECONDS, &waiter, &have), LEAF_CACHE_MINT);
	leaf_cache_destroy(cache);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(cleared_cache_forgets_leaves_and_keeps_those_who_wait)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", DAY), *none;
	struct test_waiter first = WAITER(), second = WAITER();

	fill(cache, "a", leaf);
	ck_assert_int_eq(acquire(cache, "b", NOW, &first, &none), LEAF_CACHE_MINT);
	ck_assert_int_eq(acquire(cache, "b", NOW, &second, &none), LEAF_CACHE_WAIT);
	leaf_cache_clear(cache);
	ck_assert(!is_there(cache, "a"));
	publish(cache, "b", leaf);
	ck_assert_ptr_eq(second.waiter.leaf, leaf);
	leaf_release(second.waiter.leaf);
	leaf_cache_destroy(cache);
	ck_assert_uint_eq(atomic_load(&leaf->references), 1);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

struct thread_work {
	struct leaf_cache *cache;
	struct leaf *leaf;
	unsigned seed;
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool is_woken;
	struct leaf_waiter waiter;
};

static void
wake_thread(struct leaf_waiter *waiter)
{
	struct thread_work *work = LIST_ENTRY(waiter, struct thread_work, waiter);

	pthread_mutex_lock(&work->lock);
	work->is_woken = true;
	pthread_cond_signal(&work->woken);
	pthread_mutex_unlock(&work->lock);
}

static void
wait_or_cancel(struct thread_work *work)
{
	if (rand_r(&work->seed) % 4 == 0) {
		leaf_cache_cancel(work->cache, &work->waiter);
		return;
	}
	pthread_mutex_lock(&work->lock);
	while (!work->is_woken)
		pthread_cond_wait(&work->woken, &work->lock);
	pthread_mutex_unlock(&work->lock);
	leaf_release(work->waiter.leaf);
	work->waiter.leaf = NULL;
}

static void *
use_cache(void *argument)
{
	struct thread_work *work = argument;
	char name[16];

	for (int i = 0; i < 20000; i++) {
		struct leaf *leaf;
		enum leaf_cache_answer answer;
		struct leaf_cache_key key;

		snprintf(name, sizeof name, "%d", rand_r(&work->seed) % 30);
		key = key_of(name);
		work->is_woken = false;
		answer = leaf_cache_acquire(work->cache, &key, NOW, &work->waiter, &leaf);
		if (answer == LEAF_CACHE_MINT)
			leaf_cache_publish(work->cache, &key, rand_r(&work->seed) % 8 ? work->leaf : NULL);
		else if (answer == LEAF_CACHE_WAIT)
			wait_or_cancel(work);
		leaf_release(leaf);
	}
	return NULL;
}

START_TEST(threads_share_the_cache_and_every_reference_is_given_back)
{
	enum { THREADS = 4 };
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_cache *cache = leaf_cache_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", DAY);
	struct thread_work work[THREADS];
	pthread_t threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++) {
		work[i] = (struct thread_work){.cache = cache, .leaf = leaf, .seed = i, .waiter.wake = wake_thread};
		pthread_mutex_init(&work[i].lock, NULL);
		pthread_cond_init(&work[i].woken, NULL);
		ck_assert_int_eq(pthread_create(&threads[i], NULL, use_cache, &work[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	leaf_cache_destroy(cache);
	ck_assert_uint_eq(atomic_load(&leaf->references), 1);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

/* --- Hints --- */

static struct leaf_hint_question
question(const char *destination, const char *server_name, const char *alpn_offer)
{
	struct leaf_hint_question q = {.server_name = slice_of(server_name),
		.alpn_offer = slice_of(alpn_offer),
		.key_type = LEAF_KEY_P256,
		.epoch = 1};

	ck_assert(endpoint_parse(slice_of(destination), &q.destination));
	return q;
}

START_TEST(hint_is_found_for_the_same_question_only)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_hints *hints = leaf_hints_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 10 * DAY);
	struct leaf_hint hint = {.leaf = leaf, .tls_version = 0x0304, .alpn_len = 2, .alpn = "h2"}, have;
	struct leaf_hint_question asked = question("192.0.2.1:443", "a.example", "\x02h2"), other;

	leaf_hints_remember(hints, &asked, &hint, NOW + 60);
	ck_assert(leaf_hints_find(hints, &asked, NOW, &have));
	ck_assert_ptr_eq(have.leaf, leaf);
	ck_assert_uint_eq(have.tls_version, 0x0304);
	assert_slice(slice_make(have.alpn, have.alpn_len), "h2");
	leaf_release(have.leaf);
	other = question("192.0.2.1:443", "A.Example", "\x02h2");
	ck_assert(leaf_hints_find(hints, &other, NOW, &have));
	leaf_release(have.leaf);

	other = question("192.0.2.2:443", "a.example", "\x02h2");
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	other = question("192.0.2.1:444", "a.example", "\x02h2");
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	other = question("192.0.2.1:443", "b.example", "\x02h2");
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	other = question("192.0.2.1:443", "a.example", "\x08http/1.1");
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	other = question("192.0.2.1:443", "a.example\x02", "h2");
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	other = asked;
	other.epoch = 2;
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	other = asked;
	other.key_type = LEAF_KEY_RSA;
	ck_assert(!leaf_hints_find(hints, &other, NOW, &have));
	leaf_hints_destroy(hints);
	ck_assert_uint_eq(atomic_load(&leaf->references), 1);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(hint_is_over_with_its_time_or_its_leaf)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_hints *hints = leaf_hints_create(10);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 1000);
	struct leaf_hint hint = {.leaf = leaf}, have;
	struct leaf_hint_question asked = question("192.0.2.1:443", "a.example", NULL);

	leaf_hints_remember(hints, &asked, &hint, NOW + 60);
	ck_assert(leaf_hints_find(hints, &asked, NOW + 60, &have));
	leaf_release(have.leaf);
	ck_assert(!leaf_hints_find(hints, &asked, NOW + 61, &have));
	leaf_hints_remember(hints, &asked, &hint, NOW + 5000);
	ck_assert(!leaf_hints_find(hints, &asked, NOW + 1000, &have));
	ck_assert(!leaf_hints_find(hints, &asked, NOW, &have)); /* it was dropped */
	leaf_hints_destroy(hints);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

START_TEST(hints_are_bounded_replaced_and_forgotten)
{
	struct leaf_fixture f = leaf_fixture_make();
	struct leaf_hints *hints = leaf_hints_create(2);
	struct leaf *leaf = leaf_fixture_leaf(&f, "a.example", 1000);
	struct leaf_hint hint = {.leaf = leaf}, have;
	struct leaf_hint_question a = question("192.0.2.1:443", "a", NULL), b = question("192.0.2.1:443", "b", NULL),
				  c = question("192.0.2.1:443", "c", NULL);

	leaf_hints_remember(hints, &a, &hint, NOW + 60);
	leaf_hints_remember(hints, &b, &hint, NOW + 60);
	leaf_hints_remember(hints, &c, &hint, NOW + 60);
	ck_assert(!leaf_hints_find(hints, &a, NOW, &have));
	hint.tls_version = 0x0303;
	leaf_hints_remember(hints, &b, &hint, NOW + 60);
	ck_assert(leaf_hints_find(hints, &b, NOW, &have));
	ck_assert_uint_eq(have.tls_version, 0x0303);
	leaf_release(have.leaf);
	leaf_hints_forget(hints, &b);
	ck_assert(!leaf_hints_find(hints, &b, NOW, &have));
	leaf_hints_clear(hints);
	ck_assert(!leaf_hints_find(hints, &c, NOW, &have));
	ck_assert_uint_eq(atomic_load(&leaf->references), 1);
	leaf_hints_destroy(hints);
	leaf_release(leaf);
	leaf_fixture_release(&f);
}
END_TEST

UNIT_SLOW_SUITE(leaf_cache, "leaf_cache", everything_that_decides_a_leaf_is_in_its_key,
	leaf_is_minted_once_and_found_from_then_on, connections_that_come_meanwhile_wait_for_the_one_that_mints,
	failed_minting_wakes_with_nothing_and_the_next_one_tries_again, least_recently_used_leaf_goes_first,
	cache_stays_bounded_under_any_number_of_origins, leaf_that_is_nearly_over_is_minted_anew,
	cleared_cache_forgets_leaves_and_keeps_those_who_wait,
	threads_share_the_cache_and_every_reference_is_given_back, hint_is_found_for_the_same_question_only,
	hint_is_over_with_its_time_or_its_leaf, hints_are_bounded_replaced_and_forgotten)
