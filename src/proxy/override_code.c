/* Codes.  See override_code.h. */
#include "proxy/override_code.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The word as a polynomial at the generator x of GF(32) (x^5 + x^2 + 1), by Horner's rule: 0 where the check symbol is
 * right.  A wrong symbol, or two different ones swapped less than 31 places apart, leave another value. */
static unsigned
syndrome(const uint8_t *symbols, size_t count)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++) {
		value <<= 1;
		if (value & 32)
			value ^= 0x25;
		value ^= symbols[i];
	}
	return value;
}

bool
override_code_make(struct override_code *code)
{
	uint8_t *s = code->symbols;

	if (RAND_bytes(s, OVERRIDE_CODE_SYMBOLS) != 1)
		return false;
	for (size_t i = 0; i < OVERRIDE_CODE_SYMBOLS; i++)
		s[i] &= 31;
	s[OVERRIDE_CODE_SYMBOLS - 1] = 0;
	s[OVERRIDE_CODE_SYMBOLS - 1] = (uint8_t)syndrome(s, OVERRIDE_CODE_SYMBOLS);
	return true;
}

const char *
override_code_format(const struct override_code *code, char text[OVERRIDE_CODE_TEXT_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < OVERRIDE_CODE_SYMBOLS; i++) {
		if (i > 0 && i % 4 == 0)
			text[n++] = '-';
		text[n++] = alphabet[code->symbols[i]];
	}
	text[n] = '\0';
	return text;
}

/* -1 where the character is no symbol. */
static int
symbol_of(char c)
{
	const char *found;

	c = ascii_lower(c);
	if (c == 'o')
		c = '0';
	else if (c == 'i' || c == 'l')
		c = '1';
	else if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	found = c ? strchr(alphabet, c) : NULL;
	return found ? (int)(found - alphabet) : -1;
}

bool
override_code_parse(struct slice text, struct override_code *code)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		int symbol = symbol_of(text.ptr[i]);

		if (text.ptr[i] == '-' || text.ptr[i] == ' ')
			continue;
		if (symbol < 0 || n == OVERRIDE_CODE_SYMBOLS)
			return false;
		code->symbols[n++] = (uint8_t)symbol;
	}
	return n == OVERRIDE_CODE_SYMBOLS && syndrome(code->symbols, n) == 0;
}

bool
override_code_hash(
	const struct override_code *code, const uint8_t key[OVERRIDE_KEY_SIZE], uint8_t hash[OVERRIDE_HASH_SIZE])
{
	unsigned length = OVERRIDE_HASH_SIZE;

	return HMAC(EVP_sha256(), key, OVERRIDE_KEY_SIZE, code->symbols, sizeof code->symbols, hash, &length) != NULL;
}

void
override_code_wipe(struct override_code *code)
{
	OPENSSL_cleanse(code, sizeof *code);
}
