/* A date as text to seconds, without a library that would open the time zone file.  See also utc_date.h. */
#ifndef SLUICE_TLS_UTC_TEXT_H
#define SLUICE_TLS_UTC_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* "YYYY-MM-DD" to the Unix time at which the day begins (UTC); years from 1970.  False where it is no date. */
bool utc_text_read_day(const char *text, int64_t *begin);
/* "YYYY-MM-DDThh:mm:ssZ" (RFC 3339, UTC, perhaps with a fraction, which is dropped) to Unix time. */
bool utc_text_read(const char *text, int64_t *seconds);

#endif
