/* DER from the end to the start.  See der_writer.h. */
#include "tls/der_writer.h"

#include "tls/utc_date.h"

#include <stdio.h>

void
der_put(struct der_writer *w, const void *bytes, size_t len)
{
	if (w->failed || (size_t)(w->at - w->start) < len) {
		w->failed = true;
		return;
	}
	w->at -= len;
	if (len)
		memcpy(w->at, bytes, len);
}

void
der_put_slice(struct der_writer *w, struct slice bytes)
{
	der_put(w, bytes.ptr, bytes.len);
}

void
der_put_u8(struct der_writer *w, uint8_t byte)
{
	der_put(w, &byte, 1);
}

void
der_put_header(struct der_writer *w, uint8_t tag, const uint8_t *end)
{
	size_t len = (size_t)(end - w->at);
	uint8_t bytes = 0;

	if (len < 0x80) {
		der_put_u8(w, (uint8_t)len);
	} else {
		for (size_t rest = len; rest > 0; rest >>= 8, bytes++)
			der_put_u8(w, (uint8_t)rest);
		der_put_u8(w, 0x80 | bytes);
	}
	der_put_u8(w, tag);
}

void
der_put_value(struct der_writer *w, uint8_t tag, struct slice content)
{
	const uint8_t *end = w->at;

	der_put_slice(w, content);
	der_put_header(w, tag, end);
}

void
der_put_time(struct der_writer *w, int64_t seconds)
{
	struct utc_date date;
	char text[40];
	int len;

	if (!utc_date_of(seconds, &date) || date.year < 1950) {
		w->failed = true;
		return;
	}
	len = snprintf(text, sizeof text, "%04d%02u%02u%02u%02u%02uZ", date.year, date.month, date.day, date.hour,
		date.minute, date.second);
	if (date.year < 2050)
		der_put_value(w, DER_UTC_TIME, slice_make(text + 2, (size_t)len - 2)); /* two digits of the year */
	else
		der_put_value(w, DER_GENERALIZED_TIME, slice_make(text, (size_t)len));
}
