/* A point in time as a date of the Gregorian calendar in UTC.  gmtime_r() is not used: it may open the time zone file,
 * which a confined process cannot. */
#ifndef SLUICE_TLS_UTC_DATE_H
#define SLUICE_TLS_UTC_DATE_H

#include <stdbool.h>
#include <stdint.h>

struct utc_date {
	int year;
	unsigned month; /* 1 to 12 */
	unsigned day;   /* 1 to 31 */
	unsigned hour, minute, second;
};

/* From seconds since 1970-01-01 UTC; false outside the years 1 to 9999. */
bool utc_date_of(int64_t seconds, struct utc_date *date);

#endif
