/* Missing issuers: where they may be fetched, and what is taken of what comes back. */
#include "suites.h"
#include "verify_world.h"

#include "tls/aia.h"

#include <openssl/pkcs7.h>

START_TEST(last_known_certificate_is_the_one_without_an_issuer)
{
	struct pki_cert lower = PKI_MAKE(.cn = "lower", .is_ca = true, .issuer = &world.ica);
	struct pki_cert a = PKI_MAKE(.cn = "A", .is_ca = true), b = PKI_MAKE(.cn = "B", .is_ca = true, .issuer = &a);
	X509 *a_by_b = PKI_MAKE(.cn = "A", .is_ca = true, .issuer = &b, .use_key = a.key).cert;
	X509 *leaf = PKI_MAKE(.issuer = &lower).cert, *in_circle = PKI_MAKE(.issuer = &a).cert;

	ck_assert_ptr_eq(aia_last_known(leaf, NULL), leaf);
	ck_assert_ptr_eq(aia_last_known(leaf, pki_stack(1, &world.root.cert)), leaf);
	ck_assert_ptr_eq(aia_last_known(leaf, pki_stack(2, (X509 *[]){leaf, lower.cert})), lower.cert);
	ck_assert_ptr_eq(aia_last_known(leaf, pki_stack(2, (X509 *[]){world.ica.cert, lower.cert})), world.ica.cert);
	ck_assert_ptr_null(aia_last_known(leaf, pki_stack(3, (X509 *[]){world.ica.cert, lower.cert, world.root.cert})));
	ck_assert_ptr_null(aia_last_known(in_circle, pki_stack(2, (X509 *[]){a_by_b, b.cert})));
	ck_assert_ptr_null(aia_last_known(PKI_MAKE(.cn = "self").cert, NULL));
}
END_TEST

START_TEST(only_plain_http_urls_are_taken)
{
	static const struct {
		const char *url, *host, *path;
	} good[] = {
		{"http://ca.example.org/issuer.cer", "ca.example.org", "/issuer.cer"},
		{"HTTP://CA.Example.org:80/a?b=c", "ca.example.org", "/a?b=c"},
		{"http://ca.example.org", "ca.example.org", ""},
	};
	static const struct slice bad[] = {
		SLICE("https://ca.example.org/a"),
		SLICE("ldap://ca.example.org/a"),
		SLICE("file:///etc/passwd"),
		SLICE("ftp://ca.example.org/a"),
		SLICE("http:/ca.example.org/a"),
		SLICE("http://"),
		SLICE("http:///a"),
		SLICE("http://ca.example.org:81/a"),
		SLICE("http://ca.example.org:8080/a"),
		SLICE("http://ca.example.org:080/a"),
		SLICE("http://user@ca.example.org/a"),
		SLICE("http://user:80@ca.example.org/a"),
		SLICE("http://ca.example.org\\@127.0.0.1/a"),
		SLICE("http://ca.example.org/a b"),
		SLICE("http://ca.example.org/a\r\nHost: b"),
		SLICE("http://ca.example.org/a\0b"),
		SLICE("http://ca.example.org/\xff"),
		SLICE("http://ca.example.org/#a"),
		SLICE("http://ca.example.org?a"),
		SLICE("http://0x7f.1/a"),
		SLICE("http://2130706433/a"),
		SLICE("http://[ca.example.org]/a"),
		SLICE("http://[::1/a"),
		SLICE("http://::1/a"),
	};
	struct aia_url url;
	char longest[AIA_URL_BYTES_MAX + 1];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		ck_assert_msg(aia_url_parse(slice_of(good[i].url), &url), "%s", good[i].url);
		assert_slice(hostname_dns(&url.host), good[i].host);
		assert_slice(url.path, good[i].path);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(!aia_url_parse(bad[i], &url), "%s", bad[i].ptr);
	memset(longest, 'a', sizeof longest);
	memcpy(longest, "http://a/", 9);
	ck_assert(aia_url_parse(slice_make(longest, AIA_URL_BYTES_MAX), &url));
	ck_assert(!aia_url_parse(slice_make(longest, AIA_URL_BYTES_MAX + 1), &url));
	ck_assert(aia_url_parse(SLICE("http://[2001:db8::1]:80/"), &url) && url.host.kind == HOSTNAME_ADDR);
}
END_TEST

START_TEST(urls_come_from_the_certificate)
{
	struct aia_url urls[AIA_URLS_MAX];
	X509 *cert =
		PUBLIC_LEAF(.extra = {{"authorityInfoAccess",
				    "OCSP;URI:http://ocsp.example.org/,caIssuers;URI:ldap://a.example/,"
				    "caIssuers;URI:http://ca.example.org/1,caIssuers;email:a@b.example,"
				    "caIssuers;URI:http://ca.example.org/2,caIssuers;URI:http://ca.example.org/3"}});

	ck_assert_uint_eq(aia_urls(cert, urls), 2);
	assert_slice(urls[0].path, "/1");
	assert_slice(urls[1].path, "/2");
	ck_assert_uint_eq(aia_urls(PUBLIC_LEAF(.cn = "x"), urls), 0);
	ck_assert_uint_eq(aia_urls(PUBLIC_LEAF(.extra = {{"authorityInfoAccess", "DER:3080"}}), urls), 0);
}
END_TEST

START_TEST(only_global_addresses_are_allowed)
{
	static const char *const good[] = {"8.8.8.8", "93.184.216.34", "2606:4700::1", "2a00:1450::1", "198.20.0.1"};
	static const char *const bad[] = {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.8.9.1",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1",
		"198.18.0.1", "198.19.255.255", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "fe80::1",
		"fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2002:7f00:1::1", "2001:0:4136:e378::1", "100::1",
		"fec0::1", "5f00::1", "93.184.0.9", "2606:4700:1::1"};
	struct prefix own[2];
	struct addr a;

	ck_assert(prefix_parse(SLICE("93.184.0.0/24"), &own[0]) && prefix_parse(SLICE("2606:4700:1::/48"), &own[1]));
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(addr_parse(slice_of(good[i]), &a) && aia_addr_is_allowed(&a, own, 2), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(addr_parse(slice_of(bad[i]), &a) && !aia_addr_is_allowed(&a, own, 2), "%s", bad[i]);
}
END_TEST

/* Reads a body as the answer for the public leaf; the number of issuers found. */
static size_t
issuers_in(struct slice body)
{
	STACK_OF(X509) *out = sk_X509_new_null();
	size_t count = aia_read_issuers(body, PUBLIC_LEAF(.cn = "x"), out);

	ck_assert_int_eq(sk_X509_num(out), (int)count);
	sk_X509_pop_free(out, X509_free);
	return count;
}

static struct slice
pkcs7_of(size_t count, X509 *const *certs)
{
	static unsigned char body[100000];
	unsigned char *at = body;
	PKCS7 *bag = PKCS7_new();
	int len;

	PKCS7_set_type(bag, NID_pkcs7_signed);
	PKCS7_content_new(bag, NID_pkcs7_data);
	for (size_t i = 0; i < count; i++)
		PKCS7_add_certificate(bag, certs[i]);
	len = i2d_PKCS7(bag, &at);
	PKCS7_free(bag);
	ck_assert_int_gt(len, 0);
	return slice_make(body, (size_t)len);
}

START_TEST(issuers_are_taken_and_nothing_else)
{
	X509 *many[10], *mixed[] = {world.root.cert, world.ica.cert};
	static char large[AIA_BODY_BYTES_MAX + 1];

	for (size_t i = 0; i < 10; i++)
		many[i] = world.ica.cert;
	ck_assert_uint_eq(issuers_in(pki_der(world.ica.cert)), 1);
	ck_assert_uint_eq(issuers_in(pki_pem(world.ica.cert)), 1);
	ck_assert_uint_eq(issuers_in(pkcs7_of(2, mixed)), 1);
	ck_assert_uint_eq(issuers_in(pkcs7_of(10, many)), AIA_ISSUERS_MAX);
	ck_assert_uint_eq(issuers_in(pki_der(world.root.cert)), 0);
	ck_assert_uint_eq(issuers_in(SLICE("<html>404</html>")), 0);
	ck_assert_uint_eq(issuers_in(SLICE_EMPTY), 0);
	ck_assert_uint_eq(issuers_in(slice_make(large, sizeof large)), 0);
}
END_TEST

START_TEST(fetched_issuer_completes_the_chain_and_is_not_trusted)
{
	struct pki_cert stranger = PKI_MAKE(.cn = "Nobody's Root", .is_ca = true);
	struct hostname host = world_host("www.example.org");
	struct verify_input in = {.trust = world.trust, .leaf = PUBLIC_LEAF(.cn = "x"), .host = &host, .now = PKI_NOW};
	struct verify_verdict v;

	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_UNKNOWN_ISSUER);
	in.extra = pki_stack(1, &world.ica.cert);
	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_OK);
	in.leaf = PKI_MAKE(.issuer = &stranger).cert;
	in.extra = pki_stack(1, &stranger.cert);
	verify_chain(&in, &v);
	ASSERT_REASON(v, VERIFY_UNKNOWN_ISSUER);
}
END_TEST

WORLD_SUITE(aia, "aia", last_known_certificate_is_the_one_without_an_issuer, only_plain_http_urls_are_taken,
	urls_come_from_the_certificate, only_global_addresses_are_allowed, issuers_are_taken_and_nothing_else,
	fetched_issuer_completes_the_chain_and_is_not_trusted)
