/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_PROC_SUITES_H
#define SLUICE_TESTS_UNIT_PROC_SUITES_H

#include "unit.h"

Suite *alarms_suite(void);
Suite *clock_guard_suite(void);
Suite *clock_watch_suite(void);
Suite *metrics_suite(void);
Suite *worker_counts_suite(void);

#endif
