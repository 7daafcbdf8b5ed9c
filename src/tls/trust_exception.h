/* An administrator's exception as words, made into a trust_exception: one host, one key, one fault, and an end.  Reads
 * words only; what may be excepted at all is said by verify_reason.h, for how long by trust_builder.h. */
#ifndef SLUICE_TLS_TRUST_EXCEPTION_H
#define SLUICE_TLS_TRUST_EXCEPTION_H

#include "base/diag.h"
#include "tls/trust_builder.h"

struct trust_exception_words {
	const char *host;  /* a DNS name or an address */
	const char *key;   /* "sha256:" and 64 hexadecimal digits, of the leaf's SubjectPublicKeyInfo; NULL: not said */
	const char *fault; /* a code of verify_reason.h; NULL: not said */
	const char *until; /* YYYY-MM-DD, the last day (UTC); NULL: not said */
	const char *file;  /* where it is configured, for the problems */
	unsigned line;
	unsigned column;
};

/* Adds the exception to what is being built.  True where it is in force, with a warning that says so (an exception is
 * never silent), and where it has ended, with a warning to remove it.  False with an error where a word is wrong, the
 * fault cannot be excepted, or the end is further away than TRUST_EXCEPTION_MAX_S. */
bool trust_exception_add(
	struct trust_builder *b, const struct trust_exception_words *words, int64_t now, struct problems *problems);
/* "YYYY-MM-DD" to the Unix time at which the day ends (UTC).  False where it is no date. */
bool trust_exception_end(const char *text, int64_t *end);

#endif
