/* Authentication that belongs to a connection. */
#include "suites.h"

#include "http/bound_auth.h"

static bool
binds(const char *name, const char *value)
{
	struct arena arena = arena_make(65536);
	struct http_message m;
	bool answer;

	http_message_init(&m, &arena, true);
	ck_assert(http_message_add(&m, SLICE("X-Before"), SLICE("NTLM")));
	ck_assert(http_message_add(&m, slice_of(name), slice_of(value)));
	answer = http_binds_connection(&m);
	arena_release(&arena);
	return answer;
}

START_TEST(credentials_of_a_connection_are_told_from_those_of_a_request)
{
	ck_assert(binds("Authorization", "NTLM TlRMTVNTUAAB"));
	ck_assert(binds("Authorization", "negotiate YII="));
	ck_assert(binds("authorization", "Negotiate"));
	ck_assert(binds("Proxy-Authorization", "NTLM x"));
	ck_assert(binds("Authorization", "Unheard-Of x"));
	ck_assert(binds("Authorization", ""));
	ck_assert(!binds("Authorization", "Basic eA=="));
	ck_assert(!binds("Authorization", "bearer eA"));
	ck_assert(!binds("Authorization", "Digest username=\"NTLM\""));
	ck_assert(!binds("Cookie", "Negotiate"));
}
END_TEST

START_TEST(challenges_are_found_wherever_they_stand)
{
	ck_assert(binds("WWW-Authenticate", "NTLM"));
	ck_assert(binds("WWW-Authenticate", "Basic realm=\"a, b\", negotiate"));
	ck_assert(binds("WWW-Authenticate", "Kerberos"));
	ck_assert(binds("Proxy-Authenticate", "Negotiate"));
	ck_assert(!binds("WWW-Authenticate", "Basic realm=\"office\""));
	ck_assert(!binds("WWW-Authenticate", ""));
	ck_assert(!binds("Server", "NTLM"));
}
END_TEST

UNIT_SUITE(bound_auth, "bound_auth", credentials_of_a_connection_are_told_from_those_of_a_request,
	challenges_are_found_wherever_they_stand)
