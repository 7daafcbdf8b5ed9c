/* UTF-8 as the Unicode standard reads it (chapter 3, table 3-7): no overlong form, no surrogate, nothing above
 * U+10FFFF.  What is malformed reads as U+FFFD, once for each maximal subpart, as WHATWG's decoder does. */
#ifndef SLUICE_BASE_UTF8_H
#define SLUICE_BASE_UTF8_H

#include "base/slice.h"

#define UTF8_REPLACEMENT 0xfffdu

/* Reads the first character of s: returns how many bytes it takes (1 to 4; 0 where s is empty) and sets
 * *well_formed; the code point is UTF8_REPLACEMENT where it is not. */
size_t utf8_next(struct slice s, uint32_t *code_point, bool *well_formed);

#endif
