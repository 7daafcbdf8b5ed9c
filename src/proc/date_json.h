/* A date in what the daemon tells. */
#ifndef SLUICE_PROC_DATE_JSON_H
#define SLUICE_PROC_DATE_JSON_H

#include <jansson.h>
#include <stdint.h>

/* Seconds since 1970 as RFC 3339 text in UTC; NULL when memory is out. */
json_t *date_json(int64_t seconds);

#endif
