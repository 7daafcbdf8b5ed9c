/* PEM to DER: see trust_pem.h. */
#include "tls/trust_pem.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#define BLOCK_MAX (16L << 20) /* octets of DER; the largest CRLs of public CAs have some 10 MiB */

static const char *const kinds[] = {
	[TRUST_PEM_CERTIFICATE] = PEM_STRING_X509,
	[TRUST_PEM_CRL] = PEM_STRING_X509_CRL,
};

static const struct slice begin = {"-----BEGIN ", sizeof "-----BEGIN " - 1};

static unsigned
count_begins(struct slice bytes)
{
	unsigned count = 0;
	size_t at;

	while ((at = slice_find_slice(bytes, begin)) < bytes.len) {
		bytes = slice_sub(bytes, at + begin.len, bytes.len);
		count++;
	}
	return count;
}

static unsigned
line_at(struct slice bytes, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset && i < bytes.len; i++)
		line += bytes.ptr[i] == '\n';
	return line;
}

/* The next block of any kind: 1, 0 at the end, -1 where it is broken.  The caller frees *name and *der. */
static int
next_block(BIO *bio, char **name, unsigned char **der, long *len)
{
	char *header = NULL;
	bool end;

	ERR_clear_error();
	if (PEM_read_bio(bio, name, &header, der, len) == 1) {
		OPENSSL_free(header);
		return 1;
	}
	end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return end ? 0 : -1;
}

long
trust_pem_read(struct slice bytes, enum trust_pem_kind kind, trust_pem_fn *fn, void *user, unsigned *line)
{
	unsigned begins = count_begins(bytes), blocks = 0;
	unsigned char *der = NULL;
	char *name = NULL;
	BIO *bio = NULL;
	long len, taken = 0;
	size_t start = 0;
	int got = -1;

	*line = 0;
	if (begins == 0)
		return bytes.len > 0 && bytes.len <= BLOCK_MAX && fn(user, bytes) ? 1 : -1;
	if (bytes.len > INT_MAX || (bio = BIO_new_mem_buf(bytes.ptr, (int)bytes.len)) == NULL)
		return -1;
	while ((got = next_block(bio, &name, &der, &len)) == 1) {
		struct slice wanted = slice_of(kinds[kind]);
		bool ok = len <= BLOCK_MAX;

		blocks++;
		if (ok && slice_eq(slice_of(name), wanted)) {
			ok = fn(user, slice_make(der, (size_t)len));
			taken += ok;
		}
		OPENSSL_free(name);
		OPENSSL_free(der);
		if (!ok) {
			got = -1;
			break;
		}
		start = bytes.len - BIO_ctrl_pending(bio);
	}
	BIO_free(bio);
	if (got == 0 && blocks == begins)
		return taken;
	start += slice_find_slice(slice_sub(bytes, start, bytes.len), begin);
	*line = line_at(bytes, start);
	return -1;
}
