/* The DER that the template writes, read by OpenSSL: for any names, dates, serial and key bytes a TBSCertificate comes
 * out that is read whole and written again is the same, or nothing comes out.
 *
 * Input: serial (16), notBefore (8), notAfter (8), key id (20), then vectors with one byte of length: the common name,
 * and names by turns DNS and IP up to the end. */
#include "base/cursor.h"
#include "tls/leaf_template.h"

#include <assert.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMES_MAX 64

static const char issuer[] = "\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x0c\x02\x43\x41"; /* CN=CA */
static const char algorithm[] = "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";          /* ecdsa-with-SHA256 */
static const char spki[] = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00" /* Ed25519: any 32 bytes are a key */
			   "abcdefghijklmnopqrstuvwxyzabcdef";

static int64_t
read_i64(struct cursor *c)
{
	uint64_t high = cursor_u32(c);

	return (int64_t)(high << 32 | cursor_u32(c));
}

static void
check_names(X509 *leaf, const struct leaf_fields *fields)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(leaf, NID_subject_alt_name, NULL, NULL);

	assert(names && sk_GENERAL_NAME_num(names) == (int)fields->name_count);
	for (size_t i = 0; i < fields->name_count; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, (int)i);
		const ASN1_STRING *text = name->type == GEN_DNS ? name->d.dNSName : name->d.iPAddress;

		assert(name->type == (fields->names[i].kind == LEAF_NAME_DNS ? GEN_DNS : GEN_IPADD));
		assert(slice_eq(fields->names[i].bytes,
			slice_make(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text))));
	}
	GENERAL_NAMES_free(names);
}

static void
check_certificate(struct slice der, const struct leaf_fields *fields)
{
	const uint8_t *at = (const uint8_t *)der.ptr;
	X509 *leaf = d2i_X509(NULL, &at, (long)der.len);
	uint8_t *again = NULL;
	int tbs_len;

	assert(der.len <= LEAF_DER_MAX);
	assert(leaf && at == (const uint8_t *)der.ptr + der.len);
	assert(i2d_X509(leaf, &again) == (int)der.len && memcmp(again, der.ptr, der.len) == 0);
	OPENSSL_free(again);
	again = NULL;
	tbs_len = i2d_re_X509_tbs(leaf, &again); /* from the objects, not from the bytes that were read */
	assert(tbs_len > 0 && memmem(der.ptr, der.len, again, (size_t)tbs_len) != NULL);
	OPENSSL_free(again);
	assert(X509_check_ca(leaf) == 0);
	check_names(leaf, fields);
	X509_free(leaf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct leaf_template template = {
		{issuer, sizeof issuer - 1}, {algorithm, sizeof algorithm - 1}, {"01234567890123456789", 20}};
	static struct leaf_space space;
	struct cursor c = cursor_over(slice_make(data, size));
	struct leaf_name names[NAMES_MAX];
	struct leaf_fields fields = {.names = names, .spki = slice_make(spki, sizeof spki - 1)};
	struct slice serial = cursor_bytes(&c, sizeof fields.serial);
	struct slice tbs, key_id, common_name;
	char ascii[LEAF_COMMON_NAME_MAX];

	fields.not_before = read_i64(&c);
	fields.not_after = read_i64(&c);
	key_id = cursor_bytes(&c, sizeof fields.key_id);
	common_name = slice_sub(cursor_vec8(&c), 0, LEAF_COMMON_NAME_MAX);
	for (size_t i = 0; i < common_name.len; i++)
		ascii[i] = common_name.ptr[i] & 0x7f;
	fields.common_name = slice_make(ascii, common_name.len);
	while (cursor_left(&c) && fields.name_count < NAMES_MAX) {
		names[fields.name_count].kind = fields.name_count % 2 ? LEAF_NAME_IP : LEAF_NAME_DNS;
		names[fields.name_count++].bytes = cursor_vec8(&c);
	}
	if (!cursor_ok(&c) || fields.name_count == 0)
		return 0;
	memcpy(fields.serial, serial.ptr, serial.len);
	memcpy(fields.key_id, key_id.ptr, key_id.len);
	fields.serial[0] = (fields.serial[0] & 0x3f) | 0x40;
	tbs = leaf_template_tbs(&template, &fields, &space);
	if (tbs.len > 0)
		check_certificate(leaf_template_certificate(&template, &space, tbs, SLICE("signature")), &fields);
	return 0;
}
