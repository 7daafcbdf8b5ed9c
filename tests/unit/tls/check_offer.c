/* What is offered to an origin in a client's place: never more than the client's own offer and our settings share. */
#include "suites.h"

#include "tls/context.h"
#include "tls/offer.h"
#include "tls/offer_contexts.h"

static const struct tls_offer_limits all = {.allows_tls12 = true, .has_hybrid = true};

/* A browser: GREASE first, static RSA and CBC last, a hybrid group, SHA-1 at the end. */
static struct tls_offer_lists
browser(void)
{
	return (struct tls_offer_lists){
		.speaks_tls12 = true,
		.speaks_tls13 = true,
		.cipher_suites = SLICE("\x0a\x0a\x13\x01\x13\x03\xcc\xa9\xc0\x2f\xc0\x13\x00\x2f"),
		.groups = SLICE("\x0a\x0a\x11\xec\x00\x1d\x00\x19"),
		.signature_algorithms = SLICE("\x08\x04\x04\x03\x02\x01\x08\x07"),
	};
}

/* What a context made of the offer would send, as names. */
static void
names_of(const struct tls_offer *offer, char *text, size_t size)
{
	SSL_CTX *ctx = tls_context_for_origins(offer);
	STACK_OF(SSL_CIPHER) *ciphers;
	size_t len = 0;
	SSL *ssl;

	ck_assert_ptr_nonnull(ctx);
	ssl = SSL_new(ctx);
	ciphers = SSL_get1_supported_ciphers(ssl);
	for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? " " : "",
			SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
	sk_SSL_CIPHER_free(ciphers);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

START_TEST(a_fallback_is_passed_on_to_the_origin)
{
	struct tls_offer_lists lists = browser();
	const struct tls_offer_limits limits = {.allows_tls12 = true};
	struct tls_offer offer;
	SSL_CTX *ctx;

	/* Whoever speaks the best there is falls back from nothing. */
	lists.cipher_suites = SLICE("\x13\x01\xc0\x2f\x56\x00");
	ck_assert(tls_offer_make(&lists, &limits, &offer) && !offer.is_fallback);
	lists.speaks_tls13 = false;
	ck_assert(tls_offer_make(&lists, &limits, &offer) && offer.is_fallback);
	ctx = tls_context_for_origins(&offer);
	ck_assert_ptr_nonnull(ctx);
	ck_assert(SSL_CTX_get_mode(ctx) & SSL_MODE_SEND_FALLBACK_SCSV);
	SSL_CTX_free(ctx);
	lists.cipher_suites = SLICE("\xc0\x2f\x00\x56");
	ck_assert(tls_offer_make(&lists, &limits, &offer) && !offer.is_fallback);
}
END_TEST

START_TEST(what_both_have_is_offered_in_the_clients_order)
{
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;

	ck_assert(tls_offer_make(&lists, &all, &offer));
	ck_assert(offer.has_tls12 && offer.has_tls13 && offer.has_hybrid);
	ck_assert_uint_eq(offer.suite_13_count, 2);
	ck_assert_uint_eq(offer.suites_13[0], 0);
	ck_assert_uint_eq(offer.suites_13[1], 2);
	ck_assert_uint_eq(offer.suite_12_count, 2);
	ck_assert_uint_eq(offer.suites_12[0], 4);
	ck_assert_uint_eq(offer.suites_12[1], 1);
	ck_assert_uint_eq(offer.group_count, 2);
	ck_assert_uint_eq(offer.groups[0], 0);
	ck_assert_uint_eq(offer.groups[1], 1);
	ck_assert_uint_eq(offer.signature_count, 2);
	ck_assert_uint_eq(offer.signatures[0], 1);
	ck_assert_uint_eq(offer.signatures[1], 0);
}
END_TEST

START_TEST(a_hybrid_group_that_openssl_lacks_is_not_offered)
{
	struct tls_offer_limits limits = {.allows_tls12 = true};
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;

	ck_assert(tls_offer_make(&lists, &limits, &offer));
	ck_assert(!offer.has_hybrid);
	ck_assert_uint_eq(offer.group_count, 1);
	ck_assert_uint_eq(offer.groups[0], 1);
}
END_TEST

START_TEST(a_value_that_comes_twice_is_offered_once)
{
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;

	lists.groups = SLICE("\x00\x18\x00\x18\x00\x17\x00\x18\x00");
	ck_assert(tls_offer_make(&lists, &all, &offer));
	ck_assert_uint_eq(offer.group_count, 2);
	ck_assert_uint_eq(offer.groups[0], 3);
	ck_assert_uint_eq(offer.groups[1], 2);
}
END_TEST

START_TEST(without_a_common_part_there_is_no_offer)
{
	const struct {
		const char *what;
		struct tls_offer_lists lists;
		bool allows_tls12;
	} cases[] = {
		{"static RSA alone",
			{true, true, false, SLICE("\x00\x2f"), browser().groups, browser().signature_algorithms}, true},
		{"P-521 alone",
			{true, true, false, browser().cipher_suites, SLICE("\x00\x19"), browser().signature_algorithms},
			true},
		{"SHA-1 alone", {true, true, false, browser().cipher_suites, browser().groups, SLICE("\x02\x01")},
			true},
		{"no signature algorithms",
			{true, false, false, browser().cipher_suites, browser().groups, SLICE_EMPTY}, true},
		{"TLS 1.3 with suites of 1.2",
			{false, true, false, SLICE("\xc0\x2f"), browser().groups, browser().signature_algorithms},
			true},
		{"TLS 1.3 without groups",
			{false, true, false, browser().cipher_suites, SLICE_EMPTY, browser().signature_algorithms},
			true},
		{"TLS 1.2 where we speak 1.3 alone",
			{true, false, false, browser().cipher_suites, browser().groups, browser().signature_algorithms},
			false},
		{"no version of ours",
			{false, false, false, browser().cipher_suites, browser().groups,
				browser().signature_algorithms},
			true},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct tls_offer_limits limits = {.allows_tls12 = cases[i].allows_tls12};
		struct tls_offer offer;

		ck_assert_msg(!tls_offer_make(&cases[i].lists, &limits, &offer), "%s", cases[i].what);
	}
}
END_TEST

START_TEST(a_client_of_tls_1_2_without_groups_gets_the_classical_ones)
{
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;

	lists.speaks_tls13 = false;
	lists.groups = SLICE_EMPTY;
	ck_assert(tls_offer_make(&lists, &all, &offer));
	ck_assert(!offer.has_tls13 && !offer.has_hybrid);
	ck_assert_uint_eq(offer.group_count, 3);
	ck_assert_uint_eq(offer.groups[0], 1);
}
END_TEST

START_TEST(a_context_sends_what_the_offer_says)
{
	static const struct tls_offer_limits limits = {.allows_tls12 = true};
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;
	char text[512];

	ck_assert(tls_offer_make(&lists, &limits, &offer));
	names_of(&offer, text, sizeof text);
	ck_assert_str_eq(text, "TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 "
			       "ECDHE-RSA-AES128-GCM-SHA256");
	lists.speaks_tls12 = false;
	ck_assert(tls_offer_make(&lists, &limits, &offer));
	names_of(&offer, text, sizeof text);
	ck_assert_str_eq(text, "TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256");
	lists.speaks_tls12 = true;
	lists.speaks_tls13 = false;
	ck_assert(tls_offer_make(&lists, &limits, &offer));
	names_of(&offer, text, sizeof text);
	ck_assert_str_eq(text, "ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-AES128-GCM-SHA256");
}
END_TEST

START_TEST(every_row_of_ours_is_known_to_openssl)
{
	struct tls_offer_limits limits = {.allows_tls12 = true, .has_hybrid = tls_has_hybrid_group()};
	struct tls_offer_lists lists = {
		.speaks_tls12 = true,
		.speaks_tls13 = true,
		.cipher_suites = SLICE("\x13\x01\x13\x02\x13\x03\xc0\x2b\xc0\x2f\xc0\x2c\xc0\x30\xcc\xa9\xcc\xa8"),
		.groups = SLICE("\x11\xec\x00\x1d\x00\x17\x00\x18"),
		.signature_algorithms = SLICE("\x04\x03\x08\x04\x04\x01\x05\x03\x08\x05\x05\x01\x08\x06\x06\x01"),
	};
	struct tls_offer offer;
	SSL_CTX *ctx;

	ck_assert(tls_offer_make(&lists, &limits, &offer));
	ck_assert_uint_eq(offer.suite_12_count, TLS_OFFER_SUITES_12);
	ck_assert_uint_eq(offer.suite_13_count, TLS_OFFER_SUITES_13);
	ck_assert_uint_eq(offer.signature_count, TLS_OFFER_SIGNATURES);
	ctx = tls_context_for_origins(&offer);
	ck_assert_ptr_nonnull(ctx);
	SSL_CTX_free(ctx);
}
END_TEST

/* ---- the store ---- */

static unsigned made;

static SSL_CTX *
make(void *arg, const struct tls_offer *offer)
{
	(void)arg, (void)offer;
	made++;
	return SSL_CTX_new(TLS_client_method());
}

START_TEST(a_context_is_made_once_for_an_offer_and_a_generation)
{
	struct tls_offer_contexts *store = tls_offer_contexts_new(8);
	struct tls_offer_lists lists = browser();
	struct tls_offer offer, other;
	struct tls_offer_context *first;

	made = 0;
	ck_assert(tls_offer_make(&lists, &all, &offer));
	lists.speaks_tls12 = false;
	ck_assert(tls_offer_make(&lists, &all, &other));
	first = tls_offer_contexts_get(store, &offer, 1, make, NULL);
	ck_assert_ptr_nonnull(first);
	ck_assert_str_eq(first->fingerprints[TLS_HELLO_HAS_NAME], "");
	ck_assert_ptr_eq(tls_offer_contexts_get(store, &offer, 1, make, NULL), first);
	ck_assert_uint_eq(made, 1);
	ck_assert_ptr_ne(tls_offer_contexts_get(store, &other, 1, make, NULL), first);
	ck_assert_ptr_ne(tls_offer_contexts_get(store, &offer, 2, make, NULL), first);
	ck_assert_uint_eq(made, 3);
	tls_offer_contexts_free(store);
}
END_TEST

START_TEST(the_least_recently_used_context_is_forgotten)
{
	struct tls_offer_contexts *store = tls_offer_contexts_new(2);
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;

	made = 0;
	ck_assert(tls_offer_make(&lists, &all, &offer));
	for (uint64_t generation = 1; generation <= 2; generation++)
		tls_offer_contexts_get(store, &offer, generation, make, NULL);
	tls_offer_contexts_get(store, &offer, 1, make, NULL); /* used again */
	tls_offer_contexts_get(store, &offer, 3, make, NULL);
	ck_assert_uint_eq(tls_offer_contexts_count(store), 2);
	ck_assert_uint_eq(made, 3);
	tls_offer_contexts_get(store, &offer, 1, make, NULL);
	ck_assert_uint_eq(made, 3);
	tls_offer_contexts_get(store, &offer, 2, make, NULL);
	ck_assert_uint_eq(made, 4);
	tls_offer_contexts_free(store);
}
END_TEST

static SSL_CTX *
make_nothing(void *arg, const struct tls_offer *offer)
{
	(void)arg, (void)offer;
	return NULL;
}

START_TEST(a_context_that_cannot_be_made_is_not_kept)
{
	struct tls_offer_contexts *store = tls_offer_contexts_new(2);
	struct tls_offer_lists lists = browser();
	struct tls_offer offer;

	ck_assert(tls_offer_make(&lists, &all, &offer));
	ck_assert_ptr_null(tls_offer_contexts_get(store, &offer, 1, make_nothing, NULL));
	ck_assert_uint_eq(tls_offer_contexts_count(store), 0);
	ck_assert_ptr_nonnull(tls_offer_contexts_get(store, &offer, 1, make, NULL));
	tls_offer_contexts_free(store);
}
END_TEST

/* ---- post-quantum ---- */

START_TEST(a_leg_without_the_hybrid_group_that_was_asked_for_is_a_downgrade)
{
	ck_assert(!tls_pq_is_downgrade(true, true, true));
	ck_assert(tls_pq_is_downgrade(true, true, false));
	ck_assert(tls_pq_is_downgrade(true, false, true));
	ck_assert(tls_pq_is_downgrade(true, false, false));
	ck_assert(!tls_pq_is_downgrade(false, false, false));
	ck_assert(!tls_pq_is_downgrade(false, true, false));
}
END_TEST

START_TEST(the_hybrid_group_is_told_by_its_number)
{
	ck_assert(tls_group_is_hybrid(0x10011ec));
	ck_assert(!tls_group_is_hybrid(0x11ec));
	ck_assert(!tls_group_is_hybrid(NID_X25519));
	ck_assert(!tls_group_is_hybrid(0));
}
END_TEST

Suite *
offer_suite(void)
{
	Suite *suite = suite_create("tls/offer");
	TCase *offer = tcase_create("offer"), *store = tcase_create("contexts"), *pq = tcase_create("post-quantum");

	tcase_add_test(offer, a_fallback_is_passed_on_to_the_origin);
	tcase_add_test(offer, what_both_have_is_offered_in_the_clients_order);
	tcase_add_test(offer, a_hybrid_group_that_openssl_lacks_is_not_offered);
	tcase_add_test(offer, a_value_that_comes_twice_is_offered_once);
	tcase_add_test(offer, without_a_common_part_there_is_no_offer);
	tcase_add_test(offer, a_client_of_tls_1_2_without_groups_gets_the_classical_ones);
	tcase_add_test(offer, a_context_sends_what_the_offer_says);
	tcase_add_test(offer, every_row_of_ours_is_known_to_openssl);
	suite_add_tcase(suite, offer);
	tcase_add_test(store, a_context_is_made_once_for_an_offer_and_a_generation);
	tcase_add_test(store, the_least_recently_used_context_is_forgotten);
	tcase_add_test(store, a_context_that_cannot_be_made_is_not_kept);
	suite_add_tcase(suite, store);
	tcase_add_test(pq, a_leg_without_the_hybrid_group_that_was_asked_for_is_a_downgrade);
	tcase_add_test(pq, the_hybrid_group_is_told_by_its_number);
	suite_add_tcase(suite, pq);
	return suite;
}
