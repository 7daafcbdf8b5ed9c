/* Text to seconds.  See utc_text.h. */
#include "tls/utc_text.h"

#include <string.h>

#define SECONDS_A_DAY 86400

/* So many digits as a number; -1 where there is anything else. */
static int
digits(const char *text, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

/* Source: Hinnant, "chrono-compatible low-level date algorithms" (2013), days_from_civil. */
static bool
read_day(const char *text, int64_t *day_number)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = digits(text, 4), month, day, era, year_of_era, day_of_year, length;

	if (year < 1970 || text[4] != '-' || (month = digits(text + 5, 2)) < 1 || month > 12 || text[7] != '-')
		return false;
	length = lengths[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		length = 29;
	day = digits(text + 8, 2);
	if (day < 1 || day > length)
		return false;
	year -= month <= 2;
	era = year / 400;
	year_of_era = year - era * 400;
	day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	*day_number =
		(int64_t)era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
	return true;
}

bool
utc_text_read_day(const char *text, int64_t *begin)
{
	int64_t day;

	if (strlen(text) != 10 || !read_day(text, &day))
		return false;
	*begin = day * SECONDS_A_DAY;
	return true;
}

bool
utc_text_read(const char *text, int64_t *seconds)
{
	int hour, minute, second;
	int64_t day;

	if (strlen(text) < 20 || !read_day(text, &day) || text[10] != 'T')
		return false;
	hour = digits(text + 11, 2);
	minute = digits(text + 14, 2);
	second = digits(text + 17, 2);
	if (hour < 0 || hour > 23 || text[13] != ':' || minute < 0 || minute > 59 || text[16] != ':' || second < 0 ||
		second > 60)
		return false;
	text += 19;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789");
	if (strcmp(text, "Z") != 0)
		return false;
	*seconds = day * SECONDS_A_DAY + hour * 3600 + minute * 60 + second;
	return true;
}
