/* An answer of the daemon for people: its plain values as a list, its lists of objects as tables.  What a key's last
 * word says of its unit (seconds, ns, bytes) decides how the value is written. */
#ifndef SLUICE_CTL_JSON_VIEW_H
#define SLUICE_CTL_JSON_VIEW_H

#include "ctl/ctl.h"

#include <jansson.h>

/* With --json as JSON, else for people. */
void json_view_print(struct ctl *ctl, const json_t *object);
/* A list of objects as a table with a column for each key of the first. */
void json_view_print_table(struct ctl *ctl, const json_t *list);
/* As JSON, indented. */
void json_view_dump(struct ctl *ctl, const json_t *value);

#endif
