/* Takes PEM apart, or DER as a whole, strictly: a file that was cut off is an error, not a shorter file. */
#ifndef SLUICE_TLS_TRUST_PEM_H
#define SLUICE_TLS_TRUST_PEM_H

#include "base/slice.h"

enum trust_pem_kind { TRUST_PEM_CERTIFICATE, TRUST_PEM_CRL };

/* Gets the DER (borrowed) of each block; false stops the reading. */
typedef bool trust_pem_fn(void *user, struct slice der);

/* Calls `fn` for every block of this kind, in order; blocks of other kinds are passed over.  Bytes without any
 * "-----BEGIN" are taken for one DER structure.  Returns the number of blocks that fn took, or -1 with *line (from 1;
 * 0 for DER) where a block is cut off, is not base64, is larger than 16 MiB, or where fn returned false. */
long trust_pem_read(struct slice bytes, enum trust_pem_kind kind, trust_pem_fn *fn, void *user, unsigned *line);

#endif
