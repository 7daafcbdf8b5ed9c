/* Names: which host a certificate stands for, and what its issuers may vouch for. */
#include "suites.h"
#include "verify_world.h"

#include <stdio.h>

START_TEST(only_the_name_asked_for_will_do)
{
	static const struct {
		const char *san, *host;
		enum verify_reason reason;
	} cases[] = {
		{"DNS:www.example.org", "WWW.Example.ORG.", VERIFY_OK},
		{"DNS:WWW.EXAMPLE.ORG", "www.example.org", VERIFY_OK},
		{"DNS:a.example.org,DNS:www.example.org", "www.example.org", VERIFY_OK},
		{"DNS:other.example.org", "www.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:example.org", "www.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:www.example.org.", "www.example.org", VERIFY_NAME_MISMATCH},
		{PKI_NONE, "www.example.org", VERIFY_NAME_MISMATCH},
		{"email:www@example.org", "www.example.org", VERIFY_NAME_MISMATCH},
		{"URI:https://www.example.org/", "www.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*.example.org", "www.example.org", VERIFY_OK},
		{"DNS:*.example.org", "xn--bcher-kva.example.org", VERIFY_OK},
		{"DNS:*.example.org", "a_b.example.org", VERIFY_OK},
		{"DNS:*.example.org", "example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*.example.org", "a.b.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:f*.example.org", "foo.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*o.example.org", "foo.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:a.*.example.org", "a.b.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*.*.example.org", "a.b.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:xn--*.example.org", "xn--bcher-kva.example.org", VERIFY_NAME_MISMATCH},
		{"DNS:*", "localhost", VERIFY_NAME_MISMATCH},
		{"DNS:*.test", "www.test", VERIFY_PUBLIC_SUFFIX},
		{"DNS:*.co.uk", "www.co.uk", VERIFY_PUBLIC_SUFFIX},
		{"DNS:*.co.uk,DNS:shop.co.uk", "shop.co.uk", VERIFY_OK},
		{"IP:192.0.2.1", "192.0.2.1", VERIFY_OK},
		{"IP:192.0.2.2", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"DNS:192.0.2.1", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"DNS:www.example.org", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"IP:2001:db8::1", "2001:db8:0::1", VERIFY_OK},
		{"IP:::ffff:192.0.2.1", "192.0.2.1", VERIFY_NAME_MISMATCH},
		{"IP:192.0.2.1", "::ffff:192.0.2.1", VERIFY_OK},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct verify_verdict v = JUDGE(.leaf = PUBLIC_LEAF(.san = cases[i].san, .cn = cases[i].host),
			.chain = {world.ica.cert}, .host = cases[i].host);

		ck_assert_msg(v.reason == cases[i].reason, "%s for %s: %s", cases[i].san, cases[i].host,
			verify_reason_code(v.reason));
	}
}
END_TEST

START_TEST(hosters_suffixes_are_refused_where_asked)
{
	X509 *leaf = PUBLIC_LEAF(.san = "DNS:*.github.io");

	ASSERT_REASON(JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "a.github.io"), VERIFY_OK);
	ASSERT_REASON(
		JUDGE(.leaf = leaf, .chain = {world.ica.cert}, .host = "a.github.io", .options = VERIFY_ALL_SUFFIXES),
		VERIFY_PUBLIC_SUFFIX);
}
END_TEST

START_TEST(no_name_matches_nothing)
{
	struct hostname none = {.kind = HOSTNAME_NONE};
	X509 *certs[] = {world.ica.cert};
	struct verify_input in = {.trust = world.trust,
		.leaf = PUBLIC_LEAF(.cn = "x"),
		.chain = pki_stack(1, certs),
		.host = &none,
		.now = PKI_NOW};
	struct verify_verdict v;

	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_NAME_MISMATCH);
}
END_TEST

START_TEST(name_constraints_are_kept)
{
	static const struct {
		const char *nc, *san, *host;
		enum verify_reason reason;
	} cases[] = {
		{"permitted;DNS:example.org", "DNS:www.example.org", "www.example.org", VERIFY_OK},
		{"permitted;DNS:example.com", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"permitted;DNS:ample.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:example.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:example.org", "DNS:www.example.com,DNS:a.EXAMPLE.org", "www.example.com",
			VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:example.net", "DNS:www.example.org", "www.example.org", VERIFY_OK},
		{"permitted;IP:10.0.0.0/255.0.0.0", "IP:10.1.2.3", "10.1.2.3", VERIFY_OK},
		{"permitted;IP:10.0.0.0/255.0.0.0", "IP:11.1.2.3", "11.1.2.3", VERIFY_NAME_CONSTRAINTS},
		{"excluded;IP:10.0.0.0/255.0.0.0", "IP:10.1.2.3", "10.1.2.3", VERIFY_NAME_CONSTRAINTS},
		/* A wildcard reaches into what is excluded below it (CVE-2025-61727). */
		{"excluded;DNS:x.ncw.example", "DNS:*.ncw.example", "x.ncw.example", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:X.ncw.example", "DNS:*.NCW.example", "y.ncw.example", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:x.y.ncw.example", "DNS:*.ncw.example", "y.ncw.example", VERIFY_OK},
		{"permitted;DNS:x.ncw.example", "DNS:*.ncw.example", "x.ncw.example", VERIFY_NAME_CONSTRAINTS},
		/* Not in the form of RFC 5280. */
		{"permitted;DNS:.example.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;DNS:.example.net", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"permitted;DNS:*.example.org", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"excluded;IP:10.0.0.0/255.0.255.0", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"DER:3000", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
		{"DER:3004A000A100", "DNS:www.example.org", "www.example.org", VERIFY_NAME_CONSTRAINTS},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char nc[128];
		struct pki_cert ica, root, below;
		struct trust_builder *b = world_builder();
		struct trust *trust;
		struct verify_verdict v;

		snprintf(nc, sizeof nc, "critical,%s", cases[i].nc);
		ica = PKI_MAKE(.cn = "NC", .is_ca = true, .issuer = &world.root, .nc = nc);
		v = JUDGE(.leaf = PKI_MAKE(.issuer = &ica, .san = cases[i].san).cert, .chain = {ica.cert},
			.host = cases[i].host);
		ck_assert_msg(v.reason == cases[i].reason, "%s %s: %s", cases[i].nc, cases[i].san,
			verify_reason_code(v.reason));
		/* The same in a root, two levels up. */
		root = PKI_MAKE(.cn = "NC root", .is_ca = true, .nc = nc);
		below = PKI_MAKE(.cn = "below", .is_ca = true, .issuer = &root);
		world_add_anchor(b, root.cert, TRUST_ADMIN);
		trust = world_trust(b);
		v = JUDGE(.leaf = PKI_MAKE(.issuer = &below, .san = cases[i].san).cert, .chain = {below.cert},
			.host = cases[i].host, .trust = trust);
		ck_assert_msg(v.reason == cases[i].reason, "root %s: %s", cases[i].nc, verify_reason_code(v.reason));
		trust_release(trust);
	}
	ASSERT_REASON(JUDGE_PUBLIC(.nc = "critical,permitted;DNS:example.org"), VERIFY_NAME_CONSTRAINTS);
}
END_TEST

START_TEST(constraints_only_ever_narrow)
{
	struct pki_cert upper =
		PKI_MAKE(.cn = "up", .is_ca = true, .issuer = &world.root, .nc = "critical,permitted;DNS:a.example");
	struct pki_cert lower =
		PKI_MAKE(.cn = "low", .is_ca = true, .issuer = &upper, .nc = "critical,permitted;DNS:example");

	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &lower, .san = "DNS:b.example").cert,
			      .chain = {lower.cert, upper.cert}, .host = "b.example"),
		VERIFY_NAME_CONSTRAINTS);
	ASSERT_REASON(JUDGE(.leaf = PKI_MAKE(.issuer = &lower, .san = "DNS:w.a.example").cert,
			      .chain = {lower.cert, upper.cert}, .host = "w.a.example"),
		VERIFY_OK);
}
END_TEST

WORLD_SUITE(verify_names, "verify_names", only_the_name_asked_for_will_do, hosters_suffixes_are_refused_where_asked,
	no_name_matches_nothing, name_constraints_are_kept, constraints_only_ever_narrow)
