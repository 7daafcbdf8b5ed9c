/* The description of our rules in nft's language: what `sluicectl rules show` prints, and `nft -f` accepts. */
#ifndef SLUICE_INTERCEPT_RULES_TEXT_H
#define SLUICE_INTERCEPT_RULES_TEXT_H

#include "base/buffer.h"
#include "intercept/rules.h"

/* Appends the text; false where the buffer's ceiling or memory forbids it.  Pure. */
bool rules_write_text(const struct rules *rules, struct buffer *out);

#endif
