/* What a check found, said to the operator in the log. */
#ifndef SLUICE_PROC_REPORT_H
#define SLUICE_PROC_REPORT_H

#include "base/diag.h"

/* A log line for each problem, at its level; the list is released. */
void report_problems(const char *area, struct problems *problems);

#endif
