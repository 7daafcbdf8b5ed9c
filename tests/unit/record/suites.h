/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_RECORD_SUITES_H
#define SLUICE_TESTS_UNIT_RECORD_SUITES_H

#include "unit.h"

Suite *entry_suite(void);
Suite *format_suite(void);
Suite *json_suite(void);
Suite *queue_suite(void);
Suite *record_suite(void);
Suite *text_suite(void);
Suite *writer_suite(void);

#endif
