/* The codes that people type: 15 random symbols of Crockford's base 32 (75 bits) and a check symbol, shown as
 * XXXX-XXXX-XXXX-XXXX.  Read in any case, with or without hyphens and spaces, O as 0, I and L as 1.  The check symbol
 * makes the whole a word of a code over GF(32) that tells any one wrong symbol and any two that were swapped; it is a
 * function of the others, and says nothing of which codes there are. */
#ifndef SLUICE_PROXY_OVERRIDE_CODE_H
#define SLUICE_PROXY_OVERRIDE_CODE_H

#include "base/slice.h"

#define OVERRIDE_CODE_SYMBOLS 16
#define OVERRIDE_CODE_TEXT_MAX 20 /* with its hyphens and the NUL */
#define OVERRIDE_KEY_SIZE 32
#define OVERRIDE_HASH_SIZE 32

/* A secret: wiped when it was used. */
struct override_code {
	uint8_t symbols[OVERRIDE_CODE_SYMBOLS]; /* 0 to 31 */
};

/* A new one, from the kernel's randomness; false where there is none. */
bool override_code_make(struct override_code *code);
const char *override_code_format(const struct override_code *code, char text[OVERRIDE_CODE_TEXT_MAX]);
/* False where the text is no code at all: symbols that there are not, too few, too many, or the check fails. */
bool override_code_parse(struct slice text, struct override_code *code);
/* HMAC-SHA-256 of the symbols; false where OpenSSL fails. */
bool override_code_hash(
	const struct override_code *code, const uint8_t key[OVERRIDE_KEY_SIZE], uint8_t hash[OVERRIDE_HASH_SIZE]);
void override_code_wipe(struct override_code *code);

#endif
