/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_CTL_SUITES_H
#define SLUICE_TESTS_UNIT_CTL_SUITES_H

#include "unit.h"

Suite *ca_suite(void);
Suite *commands_suite(void);
Suite *daemon_suite(void);
Suite *doctor_suite(void);
Suite *explain_suite(void);
Suite *filter_suite(void);
Suite *log_files_suite(void);
Suite *option_suite(void);
Suite *tail_suite(void);
Suite *terminal_suite(void);

#endif
