/* Many literal strings found in a stream in one pass: the automaton of Aho and Corasick (1975) as a full table over the
 * bytes that the strings use.  Its time is the same for every text, whoever wrote it.  The automaton never changes once
 * built: any thread.  A stream's state is one number. */
#ifndef SLUICE_CLASSIFY_AHO_H
#define SLUICE_CLASSIFY_AHO_H

#include "base/slice.h"

#define AHO_STATES_MAX (1u << 22)

struct aho;

/* Called with the index of a string, once for each place where it ends.  False: stop here. */
typedef bool (*aho_match)(void *context, uint32_t string);

/* Borrows nothing; of equal strings the first is reported.  NULL where memory is out, a string is empty, the strings
 * are too many, or the table could take more than table_max bytes. */
struct aho *aho_build(const struct slice *strings, uint32_t count, size_t table_max);
/* Scans the next piece; *state starts as 0.  Strings are reported in the order in which they end, the longest first of
 * those that end together, however the text is split.  False where the callback stopped it: the stream is then over. */
bool aho_scan(const struct aho *a, uint32_t *state, struct slice bytes, aho_match match, void *context);
/* Bytes that it takes. */
size_t aho_size(const struct aho *a);
void aho_free(struct aho *a);

#endif
