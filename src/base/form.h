/* Parameters as queries and forms write them (application/x-www-form-urlencoded, URL standard section 5.1): pairs
 * between "&", names and values apart at "=".  Pure. */
#ifndef SLUICE_BASE_FORM_H
#define SLUICE_BASE_FORM_H

#include "base/slice.h"

/* Whether a Content-Type is that of a form, with parameters or without. */
static inline bool
form_is_type(struct slice content_type)
{
	return slice_starts_with_nocase(content_type, SLICE("application/x-www-form-urlencoded"));
}

/* The first value of that name that is not empty, as it is written; ptr is NULL where there is none. */
struct slice form_find(struct slice pairs, struct slice name);
/* A value decoded into dst, as much as fits: "+" is a space, "%" and two digits a byte; a "%" without is itself. */
struct slice form_decode(struct slice value, char *dst, size_t size);

#endif
