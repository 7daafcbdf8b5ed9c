/* Revocation lists as they come from unknown servers, before anybody has looked at their signature. */
#include "tls/revocation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	X509_CRL *crl = revocation_crl_decode(slice_make(data, size));
	struct revocation_entry entry = {.id = 1};
	struct revocation_mark marks[2] = {{1, 2}, {2, 3}};
	struct revocation_set *set;
	int64_t from, until;

	if (crl == NULL)
		return 0;
	revocation_crl_times(crl, &from, &until);
	entry.list = revocation_list_new(crl);
	set = entry.list ? revocation_set_new(&entry, 1) : NULL;
	if (set && revocation_set_find(set, marks, 2) > 2)
		abort();
	revocation_set_release(set);
	revocation_list_release(entry.list);
	X509_CRL_free(crl);
	return 0;
}
