/* "Did you mean": the known name that is nearest to a mistyped one. */
#ifndef SLUICE_CONF_SUGGEST_H
#define SLUICE_CONF_SUGGEST_H

#include "base/slice.h"

/* The search for the nearest name: start with {.word = ...}, offer every known name, read `best`. */
struct conf_suggest {
	struct slice word;
	const char *best; /* borrows the name offered; NULL while none is near enough */
	unsigned distance;
};

/* A name is near enough at one slip, or at two or three where it is long (Damerau-Levenshtein, ASCII case ignored). */
void conf_suggest_offer(struct conf_suggest *search, const char *name);
/* "did you mean NAME?" into dst, or the other text where nothing is near; returns dst, or NULL for an empty text. */
const char *conf_suggest_text(const struct conf_suggest *search, const char *otherwise, char *dst, size_t dst_size);

#endif
