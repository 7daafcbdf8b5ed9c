/* One record on one line, for people. */
#ifndef SLUICE_CTL_RECORD_VIEW_H
#define SLUICE_CTL_RECORD_VIEW_H

#include "ctl/ctl.h"
#include "record/entry.h"

/* Prints a record as it is with --json, and in columns without. */
void record_view_print(struct ctl *ctl, const struct entry *e, struct slice line, struct buffer *scratch);

#endif
