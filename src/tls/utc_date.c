/* Seconds to a calendar date.  See utc_date.h. */
#include "tls/utc_date.h"

#define SECONDS_A_DAY 86400
#define FIRST_SECOND (-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND 253402300799    /* 9999-12-31T23:59:59Z */

/* Source: Hinnant, "chrono-compatible low-level date algorithms" (2013), civil_from_days: years begin in March, so the
 * leap day is their last; an era is 400 years. */
bool
utc_date_of(int64_t seconds, struct utc_date *date)
{
	int64_t day, era;
	unsigned of_day, day_of_era, year_of_era, day_of_year, march_month;

	if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
		return false;
	/* Counted from 0000-03-01, nothing below is negative. */
	seconds += (int64_t)719468 * SECONDS_A_DAY;
	day = seconds / SECONDS_A_DAY;
	of_day = (unsigned)(seconds % SECONDS_A_DAY);
	era = day / 146097;
	day_of_era = (unsigned)(day % 146097);
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	march_month = (5 * day_of_year + 2) / 153;

	date->day = day_of_year - (153 * march_month + 2) / 5 + 1;
	date->month = march_month < 10 ? march_month + 3 : march_month - 9;
	date->year = (int)(year_of_era + era * 400) + (date->month <= 2);
	date->hour = of_day / 3600;
	date->minute = of_day / 60 % 60;
	date->second = of_day % 60;
	return true;
}
