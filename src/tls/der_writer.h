/* Writes DER (ITU-T X.690) into memory that the caller gives, from its end towards its start: a value is written
 * before the header that states its length, so nothing is measured beforehand and nothing is moved afterwards.
 * Fields therefore go in in the reverse of their order.  One sticky error: what does not fit sets `failed`, and
 * everything after it is ignored.  It knows no certificate; see leaf_template.h. */
#ifndef SLUICE_TLS_DER_WRITER_H
#define SLUICE_TLS_DER_WRITER_H

#include "base/slice.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,             /* [n] IMPLICIT of a primitive type */
	DER_CONTEXT_CONSTRUCTED = 0xa0, /* [n] EXPLICIT */
};

struct der_writer {
	uint8_t *start;
	uint8_t *at; /* the first byte written; everything from here to the end of the memory is done */
	bool failed;
};

/* Borrows the memory for as long as the writer is used. */
static inline struct der_writer
der_writer_over(uint8_t *memory, size_t size)
{
	return (struct der_writer){memory, memory + size, false};
}

/* Bytes that are DER already, or the content of a value. */
void der_put(struct der_writer *w, const void *bytes, size_t len);
void der_put_slice(struct der_writer *w, struct slice bytes);
void der_put_u8(struct der_writer *w, uint8_t byte);
/* The header for everything that was written since `w->at` was `end`. */
void der_put_header(struct der_writer *w, uint8_t tag, const uint8_t *end);
/* Header and content of a primitive value. */
void der_put_value(struct der_writer *w, uint8_t tag, struct slice content);
/* A point in time, in seconds since 1970-01-01 UTC: UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280
 * section 4.1.2.5).  Fails outside the years 1950 to 9999.  Asks no time zone of the system. */
void der_put_time(struct der_writer *w, int64_t seconds);

#endif
