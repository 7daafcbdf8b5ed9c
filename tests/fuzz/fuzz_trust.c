/* Any octets as a bundle, as our own CA and as revocation lists: read whole or refused, and refused with a reason. */
#include "tls/trust_builder.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_make(data, size);

	for (int what = 0; what < 3; what++) {
		struct trust_builder *b = trust_builder_new(NULL);
		struct problems problems = {0};
		struct trust *trust;
		bool ok;

		if (b == NULL)
			return 0;
		ok = what == 0   ? trust_add_anchors(b, bytes, TRUST_SYSTEM, "bundle", 1, &problems)
		     : what == 1 ? trust_add_own_ca(b, bytes, "own", &problems)
				 : trust_add_crls(b, bytes, "crl", &problems);
		if (!ok && problems.errors == 0)
			abort();
		trust = trust_build(b, 1, &problems);
		if ((trust == NULL) != (problems.errors > 0) || (trust && (what > 0 || trust_anchor_count(trust) == 0)))
			abort();
		trust_release(trust);
		trust_builder_free(b);
		problems_release(&problems);
	}
	return 0;
}
