/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_INTERCEPT_SUITES_H
#define SLUICE_TESTS_UNIT_INTERCEPT_SUITES_H

#include "unit.h"

Suite *dst_guard_suite(void);
Suite *listener_suite(void);
Suite *rules_suite(void);
Suite *ruleset_suite(void);
Suite *steering_suite(void);

#endif
