/* See date_json.h. */
#include "proc/date_json.h"

#include "tls/utc_date.h"

json_t *
date_json(int64_t seconds)
{
	struct utc_date d = {0};

	utc_date_of(seconds, &d);
	return json_sprintf("%04d-%02u-%02uT%02u:%02u:%02uZ", d.year, d.month, d.day, d.hour, d.minute, d.second);
}
