/* Reads DER (X.690) strictly, one element at a time, and walks whole structures for strictness.  OpenSSL reads BER
 * where it should refuse it; two readers that disagree about a certificate are an attack.  Pure, allocates nothing. */
#ifndef SLUICE_TLS_VERIFY_DER_H
#define SLUICE_TLS_VERIFY_DER_H

#include "base/cursor.h"
#include "tls/der_writer.h" /* the tags */

/* Reads one element: a tag in one octet and a definite length in its shortest form.  False, and the cursor failed,
 * where the input is anything else or too short. */
bool der_read(struct cursor *c, uint8_t *tag, struct slice *content);
/* Reads one element that must have this tag. */
bool der_expect(struct cursor *c, uint8_t tag, struct slice *content);
/* The tag of the next element, or 0 at the end. */
uint8_t der_peek(const struct cursor *c);
/* Whether `bytes` are elements in strict DER throughout: shortest lengths, minimal integers, booleans of 00 or FF,
 * no constructed strings, nothing left over, nested at most 16 deep. */
bool der_is_strict(struct slice bytes);

#endif
