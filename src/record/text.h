/* Numbers, addresses and dates as text, without printf and without locale.  Each function writes at `at`, which has
 * the stated room, and returns where the text ends; nothing is NUL-terminated. */
#ifndef SLUICE_RECORD_TEXT_H
#define SLUICE_RECORD_TEXT_H

#include "base/addr.h"

#define TEXT_U64_MAX 20
#define TEXT_TIME_MAX 27 /* "2026-11-21T09:52:27.123456Z" */

/* A date of the Gregorian calendar in UTC. */
struct text_date {
	int year;
	unsigned month; /* from 1 */
	unsigned day;
	unsigned hour;
	unsigned minute;
	unsigned second;
};

char *text_put_u64(char *at, uint64_t value);
/* Exactly `width` digits, with leading zeros; what does not fit is cut off at the left. */
char *text_put_digits(char *at, uint64_t value, unsigned width);
char *text_put_addr(char *at, const struct addr *a); /* room: ADDR_TEXT_MAX */
char *text_put_time(char *at, uint64_t realtime_ns); /* room: TEXT_TIME_MAX */
/* Seconds since 1970; leap seconds do not exist, as in POSIX. */
struct text_date text_date_from_seconds(uint64_t seconds);
/* The reverse of text_put_time(): RFC 3339 with any number of decimals and a zone; false where it is malformed. */
bool text_read_time(struct slice text, uint64_t *realtime_ns);

#endif
