/* Keys of the real world that need a special judgement, as data with sources.  Keyed by the SHA-256 of the
 * SubjectPublicKeyInfo, so that re-issued certificates for the same key are covered. */
#ifndef SLUICE_TLS_TRUST_TABLES_H
#define SLUICE_TLS_TRUST_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* A key that intercepted or was published: never an anchor, never on a path. */
struct trust_denied_row {
	const char *spki; /* 64 hexadecimal digits */
	const char *name;
};

/* A root that was distrusted for leaves issued after a date. */
struct trust_distrust_row {
	const char *spki;
	int64_t after; /* Unix time */
	const char *name;
};

extern const struct trust_denied_row trust_denied_rows[];
extern const size_t trust_denied_row_count;
extern const struct trust_distrust_row trust_distrust_rows[];
extern const size_t trust_distrust_row_count;

#endif
