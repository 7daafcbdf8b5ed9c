/* Missing issuers: see aia.h. */
#include "tls/aia.h"

#include "tls/trust_pem.h"
#include "tls/verify.h"
#include "tls/verify_cert.h"
#include "tls/verify_der.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

/* Never a place on the Internet (IANA special-purpose address registries; RFC 6890 and its updates), or one behind
 * which an IPv4 address hides.  IPv6 outside 2000::/3 is refused as a whole. */
static const char *const special_prefixes[] = {
	"0.0.0.0/8",
	"10.0.0.0/8",
	"100.64.0.0/10",
	"127.0.0.0/8",
	"169.254.0.0/16",
	"172.16.0.0/12",
	"192.0.0.0/24",
	"192.0.2.0/24",
	"192.88.99.0/24",
	"192.168.0.0/16",
	"198.18.0.0/15",
	"198.51.100.0/24",
	"203.0.113.0/24",
	"224.0.0.0/4",
	"240.0.0.0/4",
	"2001::/23",
	"2001:db8::/32",
	"2002::/16",
	"3fff::/20",
};

static X509 *
issuer_in(STACK_OF(X509) *chain, X509 *cert)
{
	for (int i = 0; chain && i < sk_X509_num(chain); i++) {
		X509 *issuer = sk_X509_value(chain, i);

		if (issuer != cert && X509_check_issued(issuer, cert) == X509_V_OK)
			return issuer;
	}
	return NULL;
}

X509 *
aia_last_known(X509 *leaf, STACK_OF(X509) *chain)
{
	X509 *cert = leaf;

	for (int depth = 0; cert && depth < VERIFY_CERTS_MAX; depth++) {
		X509 *issuer = issuer_in(chain, cert);

		if (issuer == NULL)
			return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0 ? NULL
													   : cert;
		cert = issuer;
	}
	return NULL;
}

static bool
path_is_clean(struct slice path)
{
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] <= ' ' || path.ptr[i] > '~' || path.ptr[i] == '#')
			return false;
	return true;
}

bool
aia_url_parse(struct slice text, struct aia_url *out)
{
	const struct slice scheme = SLICE("http://");
	struct slice authority;
	size_t slash;

	if (text.len > AIA_URL_BYTES_MAX || !slice_starts_with_nocase(text, scheme))
		return false;
	text = slice_sub(text, scheme.len, text.len);
	slash = slice_find(text, '/');
	authority = slice_sub(text, 0, slash);
	out->path = slice_sub(text, slash, text.len);
	if (slice_ends_with(authority, SLICE(":80")))
		authority.len -= 3;
	if (authority.len > 2 && authority.ptr[0] == '[' && authority.ptr[authority.len - 1] == ']') {
		authority = slice_sub(authority, 1, authority.len - 1);
		if (slice_find(authority, ':') == authority.len)
			return false;
	} else if (slice_find(authority, ':') < authority.len) {
		return false;
	}
	return path_is_clean(out->path) && hostname_parse(authority, &out->host);
}

size_t
aia_urls(const X509 *cert, struct aia_url urls[AIA_URLS_MAX])
{
	/* 1.3.6.1.5.5.7.48.2 */
	const struct slice ca_issuers = SLICE("\x2b\x06\x01\x05\x05\x07\x30\x02");
	struct slice content, descriptions, description, method, location;
	struct cursor c, inner;
	size_t count = 0;
	uint8_t tag;

	if (!verify_cert_extension(cert, NID_info_access, &content))
		return 0;
	c = cursor_over(content);
	if (!der_expect(&c, DER_SEQUENCE, &descriptions))
		return 0;
	c = cursor_over(descriptions);
	while (count < AIA_URLS_MAX && der_expect(&c, DER_SEQUENCE, &description)) {
		inner = cursor_over(description);
		if (der_expect(&inner, DER_OID, &method) && slice_eq(method, ca_issuers) &&
			der_read(&inner, &tag, &location) && tag == (DER_CONTEXT | GEN_URI) &&
			aia_url_parse(location, &urls[count]))
			count++;
	}
	return count;
}

bool
aia_addr_is_allowed(const struct addr *a, const struct prefix *own, size_t own_count)
{
	struct prefix prefix;

	if (addr_is_special(a) || (!addr_is_v4(a) && (a->bytes[0] & 0xe0) != 0x20))
		return false;
	for (size_t i = 0; i < sizeof special_prefixes / sizeof special_prefixes[0]; i++)
		if (!prefix_parse(slice_of(special_prefixes[i]), &prefix) || prefix_contains(&prefix, a))
			return false;
	for (size_t i = 0; i < own_count; i++)
		if (prefix_contains(&own[i], a))
			return false;
	return true;
}

struct issuer_input {
	X509 *child;
	STACK_OF(X509) *out;
	size_t count;
};

/* Keeps the certificate (takes it) where it could be the child's issuer. */
static void
keep_issuer(struct issuer_input *input, X509 *cert)
{
	bool is_issuer = X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(input->child)) == 0;

	if (is_issuer && input->count < AIA_ISSUERS_MAX && sk_X509_push(input->out, cert) > 0)
		input->count++;
	else
		X509_free(cert);
}

static bool
take_issuer(void *user, struct slice der)
{
	const unsigned char *at = (const unsigned char *)der.ptr;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);

	if (cert == NULL)
		return false;
	keep_issuer(user, cert);
	return true;
}

static void
take_pkcs7(struct issuer_input *input, struct slice body)
{
	const unsigned char *at = (const unsigned char *)body.ptr;
	PKCS7 *bag = d2i_PKCS7(NULL, &at, (long)body.len);
	STACK_OF(X509) *certs = bag && PKCS7_type_is_signed(bag) && bag->d.sign ? bag->d.sign->cert : NULL;

	for (int i = 0; certs && i < sk_X509_num(certs) && i < VERIFY_CERTS_MAX; i++) {
		X509 *cert = sk_X509_value(certs, i);

		X509_up_ref(cert);
		keep_issuer(input, cert);
	}
	PKCS7_free(bag);
}

size_t
aia_read_issuers(struct slice body, X509 *child, STACK_OF(X509) *out)
{
	struct issuer_input input = {child, out, 0};
	unsigned line;

	if (body.len == 0 || body.len > AIA_BODY_BYTES_MAX)
		return 0;
	if (trust_pem_read(body, TRUST_PEM_CERTIFICATE, take_issuer, &input, &line) < 0 && input.count == 0)
		take_pkcs7(&input, body);
	ERR_clear_error();
	return input.count;
}
