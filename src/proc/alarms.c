/* Alarms that stand.  See alarms.h. */
#include "proc/alarms.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/diag.h"
#include "proc/date_json.h"

#define AREA "alarm"

static const char *const names[ALARM_COUNT] = {
	[ALARM_CLOCK] = "clock",
	[ALARM_CA] = "ca",
	[ALARM_LISTS] = "lists",
	[ALARM_CT_LOGS] = "ct_logs",
	[ALARM_CRLS] = "crls",
};

void
alarms_raise(struct alarms *alarms, enum alarm_kind kind, unsigned grade, uint64_t now, const char *remedy,
	const char *format, ...)
{
	struct alarm *a = &alarms->items[kind];
	bool is_worse = grade > a->grade;
	va_list arguments;

	if (a->grade == 0)
		a->since = now;
	a->grade = grade;
	va_start(arguments, format);
	vsnprintf(a->text, sizeof a->text, format, arguments);
	va_end(arguments);
	snprintf(a->remedy, sizeof a->remedy, "%s", remedy);
	if (is_worse)
		diag(DIAG_ERROR, AREA, "%s: %s; %s", names[kind], a->text, a->remedy);
}

void
alarms_end(struct alarms *alarms, enum alarm_kind kind)
{
	struct alarm *a = &alarms->items[kind];

	if (a->grade)
		diag(DIAG_WARNING, AREA, "%s: is over", names[kind]);
	a->grade = 0;
}

const char *
alarms_name(enum alarm_kind kind)
{
	return names[kind];
}

bool
alarms_stands(const struct alarms *alarms, enum alarm_kind kind)
{
	return alarms->items[kind].grade > 0;
}

json_t *
alarms_describe(const struct alarms *alarms)
{
	json_t *list = json_array();

	for (int kind = 0; kind < ALARM_COUNT; kind++) {
		const struct alarm *a = &alarms->items[kind];

		if (a->grade)
			json_array_append_new(list, json_pack("{s:s,s:o,s:s,s:s}", "name", names[kind], "since",
							    date_json((int64_t)(a->since / 1000000000u)), "text",
							    a->text, "remedy", a->remedy));
	}
	return list;
}
