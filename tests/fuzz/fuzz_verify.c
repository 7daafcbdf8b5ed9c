/* Any octets as an anchor, a leaf, intermediates and a stapled response: the verifier must not crash, must say the same
 * twice, and what it accepts must be in force.  Input: flags, the host's length and text, then parts behind two octets
 * of length: anchor, leaf, stapled response, intermediates. */
#include "base/cursor.h"
#include "tls/trust_builder.h"
#include "tls/verify_cache.h"

#include <openssl/err.h>
#include <stdlib.h>

#define NOW INT64_C(1780000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static X509 *
read_cert(struct slice der)
{
	const unsigned char *at = (const unsigned char *)der.ptr;
	X509 *cert = der.len > 0 ? d2i_X509(NULL, &at, (long)der.len) : NULL;

	ERR_clear_error();
	return cert;
}

static struct trust *
read_trust(struct slice anchor, bool is_public)
{
	struct trust_builder *b = trust_builder_new(NULL);
	struct problems problems = {0};
	struct trust *trust = NULL;

	if (b && trust_add_anchors(b, anchor, is_public ? TRUST_SYSTEM : TRUST_ADMIN, "anchor", 0, &problems))
		trust = trust_build(b, 1, &problems);
	trust_builder_free(b);
	problems_release(&problems);
	return trust;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(slice_make(data, size));
	uint8_t flags = cursor_u8(&c);
	struct hostname host;
	struct verify_input in = {.host = &host, .now = NOW, .options = flags >> 1 & 3};
	struct verify_verdict first, second, remembered;
	struct verify_cache *cache = NULL;
	struct trust *trust;
	X509 *cert;

	hostname_parse(cursor_vec8(&c), &host);
	trust = read_trust(cursor_vec16(&c), flags & 1);
	in.trust = trust;
	in.leaf = read_cert(cursor_vec16(&c));
	in.staple = cursor_vec16(&c);
	in.chain = sk_X509_new_null();
	while (cursor_left(&c) > 0)
		if ((cert = read_cert(cursor_vec16(&c))) != NULL)
			sk_X509_push(in.chain, cert);
	if (trust) {
		cache = verify_cache_new(4);
		verify_chain(&in, &first);
		verify_chain(&in, &second);
		if (first.reason != second.reason || first.notes != second.notes)
			abort();
		if (verify_verdict_accepts(&first) && !verify_verdict_holds(&first, 1, NOW))
			abort();
		verify_cache_judge(cache, &in, &second);
		verify_cache_judge(cache, &in, &remembered);
		if (second.reason != first.reason || remembered.reason != first.reason)
			abort();
	}
	verify_cache_free(cache);
	sk_X509_pop_free(in.chain, X509_free);
	X509_free(in.leaf);
	trust_release(trust);
	return 0;
}
