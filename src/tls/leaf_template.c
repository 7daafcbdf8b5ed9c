/* A leaf as DER, without X.509 objects.  See leaf_template.h. */
#include "tls/leaf_template.h"

#include "tls/der_writer.h"

#include <assert.h>

#define ALGORITHM_MAX 32 /* AlgorithmIdentifier of the algorithms that a CA may sign with */
#define HEADER_MAX 6     /* tag and length of a value below 4 GiB */
/* Room behind the TBSCertificate for algorithm and signature. */
#define TAIL_ROOM (ALGORITHM_MAX + HEADER_MAX + 1 + LEAF_SIGNATURE_MAX)

#define SAN_DNS (DER_CONTEXT | 2) /* GeneralName dNSName [2] IA5String */
#define SAN_IP (DER_CONTEXT | 7)  /* GeneralName iPAddress [7] OCTET STRING */
#define AKI_KEY_ID (DER_CONTEXT | 0)

static const uint8_t version_3[] = {0xa0, 0x03, DER_INTEGER, 0x01, 0x02};
static const uint8_t critical_true[] = {DER_BOOLEAN, 0x01, 0xff};
static const uint8_t oid_common_name[] = {DER_OID, 0x03, 0x55, 0x04, 0x03};
static const uint8_t oid_subject_alt_name[] = {DER_OID, 0x03, 0x55, 0x1d, 0x11};
static const uint8_t oid_subject_key_id[] = {DER_OID, 0x03, 0x55, 0x1d, 0x0e};
static const uint8_t oid_authority_key_id[] = {DER_OID, 0x03, 0x55, 0x1d, 0x23};

/* What a leaf may be used for; the same bytes in every leaf. */
static const uint8_t usage_extensions[] = {
	/* basicConstraints, critical, empty SEQUENCE: cA FALSE */
	DER_SEQUENCE, 0x0c, DER_OID, 0x03, 0x55, 0x1d, 0x13, DER_BOOLEAN, 0x01, 0xff, DER_OCTET_STRING, 0x02,
	DER_SEQUENCE, 0x00,
	/* keyUsage, critical, digitalSignature */
	DER_SEQUENCE, 0x0e, DER_OID, 0x03, 0x55, 0x1d, 0x0f, DER_BOOLEAN, 0x01, 0xff, DER_OCTET_STRING, 0x04,
	DER_BIT_STRING, 0x02, 0x07, 0x80,
	/* extKeyUsage, id-kp-serverAuth */
	DER_SEQUENCE, 0x13, DER_OID, 0x03, 0x55, 0x1d, 0x25, DER_OCTET_STRING, 0x0c, DER_SEQUENCE, 0x0a, DER_OID, 0x08,
	0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};

static void
put_subject_alt_name(struct der_writer *w, const struct leaf_fields *fields)
{
	const uint8_t *extension_end = w->at;

	for (size_t i = fields->name_count; i-- > 0;)
		der_put_value(w, fields->names[i].kind == LEAF_NAME_DNS ? SAN_DNS : SAN_IP, fields->names[i].bytes);
	der_put_header(w, DER_SEQUENCE, extension_end);
	der_put_header(w, DER_OCTET_STRING, extension_end);
	if (fields->common_name.len == 0)
		der_put(w, critical_true, sizeof critical_true);
	der_put(w, oid_subject_alt_name, sizeof oid_subject_alt_name);
	der_put_header(w, DER_SEQUENCE, extension_end);
}

static void
put_key_ids(struct der_writer *w, const struct leaf_template *t, const struct leaf_fields *fields)
{
	const uint8_t *end = w->at;

	der_put_value(w, DER_OCTET_STRING, slice_make(fields->key_id, sizeof fields->key_id));
	der_put_header(w, DER_OCTET_STRING, end);
	der_put(w, oid_subject_key_id, sizeof oid_subject_key_id);
	der_put_header(w, DER_SEQUENCE, end);

	end = w->at;
	der_put_value(w, AKI_KEY_ID, t->issuer_key_id);
	der_put_header(w, DER_SEQUENCE, end);
	der_put_header(w, DER_OCTET_STRING, end);
	der_put(w, oid_authority_key_id, sizeof oid_authority_key_id);
	der_put_header(w, DER_SEQUENCE, end);
}

static void
put_extensions(struct der_writer *w, const struct leaf_template *t, const struct leaf_fields *fields)
{
	const uint8_t *end = w->at;

	put_subject_alt_name(w, fields);
	put_key_ids(w, t, fields);
	der_put(w, usage_extensions, sizeof usage_extensions);
	der_put_header(w, DER_SEQUENCE, end);
	der_put_header(w, DER_CONTEXT_CONSTRUCTED | 3, end);
}

static void
put_subject(struct der_writer *w, struct slice common_name)
{
	const uint8_t *end = w->at;

	if (common_name.len > 0) {
		der_put_value(w, DER_UTF8_STRING, common_name);
		der_put(w, oid_common_name, sizeof oid_common_name);
		der_put_header(w, DER_SEQUENCE, end);
		der_put_header(w, DER_SET, end);
	}
	der_put_header(w, DER_SEQUENCE, end);
}

static void
put_validity(struct der_writer *w, const struct leaf_fields *fields)
{
	const uint8_t *end = w->at;

	der_put_time(w, fields->not_after);
	der_put_time(w, fields->not_before);
	der_put_header(w, DER_SEQUENCE, end);
}

struct slice
leaf_template_tbs(const struct leaf_template *t, const struct leaf_fields *fields, struct leaf_space *space)
{
	uint8_t *start = space->bytes + HEADER_MAX; /* the certificate's own header goes before it */
	uint8_t *end = space->bytes + sizeof space->bytes - TAIL_ROOM;
	struct der_writer w = der_writer_over(start, (size_t)(end - start));

	assert(fields->name_count > 0 && fields->common_name.len <= LEAF_COMMON_NAME_MAX);
	assert(fields->serial[0] >= 0x01 && fields->serial[0] <= 0x7f);
	put_extensions(&w, t, fields);
	der_put_slice(&w, fields->spki);
	put_subject(&w, fields->common_name);
	put_validity(&w, fields);
	der_put_slice(&w, t->issuer);
	der_put_slice(&w, t->signature_algorithm);
	der_put_value(&w, DER_INTEGER, slice_make(fields->serial, sizeof fields->serial));
	der_put(&w, version_3, sizeof version_3);
	der_put_header(&w, DER_SEQUENCE, end);
	return w.failed ? SLICE_EMPTY : slice_make(w.at, (size_t)(end - w.at));
}

struct slice
leaf_template_certificate(
	const struct leaf_template *t, struct leaf_space *space, struct slice tbs, struct slice signature)
{
	size_t tbs_at = (size_t)((const uint8_t *)tbs.ptr - space->bytes);
	uint8_t *tail = space->bytes + tbs_at + tbs.len;
	uint8_t tail_bytes[TAIL_ROOM];
	struct der_writer w = der_writer_over(tail_bytes, sizeof tail_bytes);
	uint8_t *tail_end = tail_bytes + sizeof tail_bytes;
	size_t tail_len;

	assert(t->signature_algorithm.len <= ALGORITHM_MAX && signature.len <= LEAF_SIGNATURE_MAX);
	der_put_slice(&w, signature);
	der_put_u8(&w, 0); /* no unused bits */
	der_put_header(&w, DER_BIT_STRING, tail_end);
	der_put_slice(&w, t->signature_algorithm);
	tail_len = (size_t)(tail_end - w.at);
	memcpy(tail, w.at, tail_len);

	w = der_writer_over(space->bytes, tbs_at);
	der_put_header(&w, DER_SEQUENCE, tail + tail_len);
	assert(!w.failed);
	return slice_make(w.at, (size_t)(tail + tail_len - w.at));
}
