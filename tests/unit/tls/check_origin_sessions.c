/* The store of sessions with origins: each once, only for its own key, not after its time, bounded. */
#include "suites.h"

#include "tls/origin_sessions.h"

static struct origin_session_key
key_of(const char *address, uint16_t port, const char *name, uint64_t generation)
{
	struct endpoint destination = {.port = port};

	ck_assert(addr_parse(slice_of(address), &destination.addr));
	return origin_session_key_make(&destination, slice_of(name), SLICE("\x02h2"), SLICE("offer"), generation);
}

static SSL_SESSION *
session_new(void)
{
	static const unsigned char ticket_like[32] = {1};
	SSL_SESSION *session = SSL_SESSION_new();

	/* What makes a session resumable in OpenSSL's eyes is its id. */
	SSL_SESSION_set1_id(session, ticket_like, sizeof ticket_like);
	SSL_SESSION_set_protocol_version(session, TLS1_2_VERSION);
	return session;
}

START_TEST(a_session_is_found_once_and_only_under_its_key)
{
	struct origin_sessions *store = origin_sessions_new(8);
	struct verify_verdict verdict = verify_verdict_unjudged(), found;
	struct origin_session_key key = key_of("192.0.2.1", 443, "a.example", 1);
	struct origin_session_key others[] = {
		key_of("192.0.2.2", 443, "a.example", 1),
		key_of("192.0.2.1", 8443, "a.example", 1),
		key_of("192.0.2.1", 443, "b.example", 1),
		key_of("192.0.2.1", 443, "a.example", 2),
	};
	SSL_SESSION *session;

	verdict.reason = VERIFY_OK;
	origin_sessions_put(store, &key, session_new(), &verdict, 1000);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		ck_assert_ptr_null(origin_sessions_take(store, &others[i], 10, &found));
	session = origin_sessions_take(store, &key, 10, &found);
	ck_assert_ptr_nonnull(session);
	ck_assert(verify_verdict_accepts(&found));
	SSL_SESSION_free(session);
	ck_assert_ptr_null(origin_sessions_take(store, &key, 10, &found));
	ck_assert_uint_eq(origin_sessions_count(store), 0);
	origin_sessions_free(store);
}
END_TEST

START_TEST(a_session_is_not_used_after_its_time)
{
	struct origin_sessions *store = origin_sessions_new(8);
	struct verify_verdict verdict = verify_verdict_unjudged();
	struct origin_session_key key = key_of("192.0.2.1", 443, "a.example", 1);

	origin_sessions_put(store, &key, session_new(), &verdict, 1000);
	ck_assert_ptr_null(origin_sessions_take(store, &key, 1000, &verdict));
	origin_sessions_free(store);
}
END_TEST

START_TEST(the_store_is_bounded_and_forgets_the_oldest)
{
	struct origin_sessions *store = origin_sessions_new(8);
	struct verify_verdict verdict = verify_verdict_unjudged();
	struct origin_session_key key;

	for (unsigned i = 0; i < 100; i++) {
		key = key_of("192.0.2.1", (uint16_t)(1000 + i), "a.example", 1);
		for (int again = 0; again < 10; again++)
			origin_sessions_put(store, &key, session_new(), &verdict, 1000);
		ck_assert_uint_le(origin_sessions_count(store), 8);
	}
	key = key_of("192.0.2.1", 1000, "a.example", 1);
	ck_assert_ptr_null(origin_sessions_take(store, &key, 10, &verdict));
	origin_sessions_free(store);
}
END_TEST

static void
put(struct origin_sessions *store, uint16_t port, unsigned count)
{
	struct origin_session_key key = key_of("192.0.2.1", port, "a.example", 1);
	struct verify_verdict verdict = verify_verdict_unjudged();

	while (count-- > 0)
		origin_sessions_put(store, &key, session_new(), &verdict, 1000);
}

static unsigned
take_all(struct origin_sessions *store, uint16_t port)
{
	struct origin_session_key key = key_of("192.0.2.1", port, "a.example", 1);
	struct verify_verdict verdict;
	SSL_SESSION *session;
	unsigned count = 0;

	for (; (session = origin_sessions_take(store, &key, 10, &verdict)); count++)
		SSL_SESSION_free(session);
	return count;
}

START_TEST(many_clients_at_once_find_a_session_each)
{
	struct origin_sessions *store = origin_sessions_new(64);

	put(store, 1, 20);
	ck_assert_uint_eq(take_all(store, 1), 20);
	ck_assert_uint_eq(origin_sessions_count(store), 0);
	put(store, 1, 100);
	ck_assert_uint_eq(take_all(store, 1), 32);
	origin_sessions_free(store);
}
END_TEST

START_TEST(all_of_them_together_are_bounded)
{
	struct origin_sessions *store = origin_sessions_new(8);
	unsigned count = 0;

	for (uint16_t port = 1; port <= 8; port++)
		put(store, port, 20);
	for (uint16_t port = 1; port <= 8; port++)
		count += take_all(store, port);
	ck_assert_uint_le(count, 4 * 8);
	ck_assert_uint_ge(count, 20);
	put(store, 9, 100);
	ck_assert_uint_eq(take_all(store, 9), 32);
	origin_sessions_free(store);
}
END_TEST

UNIT_SUITE(origin_sessions, "origin_sessions", a_session_is_found_once_and_only_under_its_key,
	a_session_is_not_used_after_its_time, the_store_is_bounded_and_forgets_the_oldest,
	many_clients_at_once_find_a_session_each, all_of_them_together_are_bounded)
