/* Numbers, addresses and dates as text.  See text.h. */
#include "record/text.h"

char *
text_put_digits(char *at, uint64_t value, unsigned width)
{
	for (unsigned i = width; i > 0; i--) {
		at[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return at + width;
}

char *
text_put_u64(char *at, uint64_t value)
{
	unsigned width = 1;

	for (uint64_t rest = value; rest >= 10; rest /= 10)
		width++;
	return text_put_digits(at, value, width);
}

char *
text_put_addr(char *at, const struct addr *a)
{
	if (!addr_is_v4(a)) {
		addr_format(a, at);
		return at + strlen(at);
	}
	for (unsigned i = 12; i < 16; i++) {
		at = text_put_u64(at, a->bytes[i]);
		*at++ = '.';
	}
	return at - 1;
}

/* Howard Hinnant, "chrono-compatible low-level date algorithms", civil_from_days: years that begin in March put the
 * leap day last, and 400 years are one era of 146,097 days. */
struct text_date
text_date_from_seconds(uint64_t seconds)
{
	uint64_t days = seconds / 86400 + 719468;
	unsigned of_day = (unsigned)(seconds % 86400);
	uint64_t era = days / 146097;
	unsigned doe = (unsigned)(days % 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;
	unsigned month = mp < 10 ? mp + 3 : mp - 9;

	return (struct text_date){
		.year = (int)(era * 400 + yoe + (month <= 2)),
		.month = month,
		.day = doy - (153 * mp + 2) / 5 + 1,
		.hour = of_day / 3600,
		.minute = of_day / 60 % 60,
		.second = of_day % 60,
	};
}

/* days_from_civil of the same source. */
static int64_t
days_from_date(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

char *
text_put_time(char *at, uint64_t realtime_ns)
{
	struct text_date d = text_date_from_seconds(realtime_ns / 1000000000u);

	at = text_put_digits(at, (uint64_t)d.year, 4);
	*at++ = '-';
	at = text_put_digits(at, d.month, 2);
	*at++ = '-';
	at = text_put_digits(at, d.day, 2);
	*at++ = 'T';
	at = text_put_digits(at, d.hour, 2);
	*at++ = ':';
	at = text_put_digits(at, d.minute, 2);
	*at++ = ':';
	at = text_put_digits(at, d.second, 2);
	*at++ = '.';
	at = text_put_digits(at, realtime_ns / 1000 % 1000000, 6);
	*at++ = 'Z';
	return at;
}

/* Reads exactly n digits and, unless it is 0, the byte `then` off the text. */
static bool
take_digits(struct slice *text, size_t n, char then, unsigned *value)
{
	uint64_t number;

	if (text->len < n + (then != 0) || !slice_to_u64(slice_sub(*text, 0, n), &number))
		return false;
	if (then && text->ptr[n] != then)
		return false;
	*text = slice_sub(*text, n + (then != 0), text->len);
	*value = (unsigned)number;
	return true;
}

/* "Z", or "+01:30": the seconds that local time is ahead of UTC. */
static bool
take_zone(struct slice text, int64_t *ahead)
{
	unsigned hours, minutes;
	bool behind;

	*ahead = 0;
	if (slice_eq_nocase(text, SLICE("z")))
		return true;
	if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-'))
		return false;
	behind = text.ptr[0] == '-';
	text = slice_sub(text, 1, text.len);
	if (!take_digits(&text, 2, ':', &hours) || !take_digits(&text, 2, 0, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ahead = (int64_t)(hours * 3600 + minutes * 60) * (behind ? -1 : 1);
	return true;
}

bool
text_read_time(struct slice text, uint64_t *realtime_ns)
{
	unsigned year, month, day, hour, minute, second;
	uint64_t fraction = 0, unit = 100000000;
	int64_t ahead, seconds;

	if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) || text.len < 3)
		return false;
	if (!take_digits(&text, 2, text.ptr[2] == ' ' ? ' ' : 'T', &day) || !take_digits(&text, 2, ':', &hour) ||
		!take_digits(&text, 2, ':', &minute) || !take_digits(&text, 2, 0, &second))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
		return false;
	if (text.len && text.ptr[0] == '.') {
		text = slice_sub(text, 1, text.len);
		for (; text.len && ascii_is_digit(text.ptr[0]); unit /= 10) {
			fraction += (uint64_t)(text.ptr[0] - '0') * unit;
			text = slice_sub(text, 1, text.len);
		}
	}
	if (!take_zone(text, &ahead))
		return false;
	seconds = days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - ahead;
	if (seconds < 0)
		return false;
	*realtime_ns = (uint64_t)seconds * 1000000000u + fraction;
	return true;
}
