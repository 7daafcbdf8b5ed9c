/* The text of a value to the value: what every setting, and every number in a rule, is read with.
 * Pure; no unit is guessed: a duration without a unit is refused. */
#ifndef SLUICE_CONF_VALUE_H
#define SLUICE_CONF_VALUE_H

#include "base/slice.h"

/* A whole number, decimal or 0x hexadecimal. */
bool conf_value_count(struct slice text, uint64_t *value);
/* A number with a unit, ms, s, m, h, d or w, or a plain 0; in nanoseconds. */
bool conf_value_duration(struct slice text, uint64_t *nanoseconds);
/* A number of bytes, or with k, m or g (powers of 1024; either case; KiB, MiB, GiB likewise). */
bool conf_value_size(struct slice text, uint64_t *bytes);
/* yes or no; on and off likewise. */
bool conf_value_bool(struct slice text, bool *value);
/* The shortest text that reads as the same value; returns dst. */
const char *conf_value_format_duration(uint64_t nanoseconds, char *dst, size_t dst_size);
const char *conf_value_format_size(uint64_t bytes, char *dst, size_t dst_size);

#endif
