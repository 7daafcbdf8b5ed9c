/* The character classes and lists of RFC 9110 section 5.6: tokens, field values, comma lists. */
#ifndef SLUICE_HTTP_TOKEN_H
#define SLUICE_HTTP_TOKEN_H

#include "base/slice.h"

extern const uint8_t http_token_table[256];

static inline bool
http_is_tchar(char c)
{
	return http_token_table[(unsigned char)c] != 0;
}

/* Not empty, and token characters only. */
bool http_is_token(struct slice s);
/* The first byte in [at, end) that no field value may hold: a control character but HTAB, or DEL. `end` if none. */
const char *http_text_end(const char *at, const char *end);
/* Field value characters only (RFC 9110 section 5.5): visible, SP, HTAB, obs-text. */
bool http_is_text(struct slice s);
/* Cuts the next member off a comma list, trimmed; empty members are skipped.  False at the end. */
bool http_list_next(struct slice *rest, struct slice *member);
/* True where the comma list has the token, whatever its case. */
bool http_list_has(struct slice list, struct slice token);

#endif
