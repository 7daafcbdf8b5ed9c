/* Problems as log lines.  See report.h. */
#include "proc/report.h"

void
report_problems(const char *area, struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		char line[1024];

		problem_format(&problems->items[i], line, sizeof line);
		diag(problems->items[i].is_warning ? DIAG_WARNING : DIAG_ERROR, area, "%s", line);
	}
	problems_release(problems);
}
