/* The table of formats.  See format.h. */
#include "record/format.h"

const struct record_format record_formats[] = {
	{"ecs", ecs_render, "JSON lines with the names of the Elastic Common Schema"},
	{"squid", squid_render, "Squid's native access.log"},
	{"combined", combined_render, "Apache's combined log"},
};
const size_t record_format_count = sizeof record_formats / sizeof record_formats[0];

const struct record_format *
record_format_find(struct slice name)
{
	for (size_t i = 0; i < record_format_count; i++) {
		if (slice_eq(name, slice_of(record_formats[i].name)))
			return &record_formats[i];
	}
	return NULL;
}
