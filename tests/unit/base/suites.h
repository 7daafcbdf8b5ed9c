/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_BASE_SUITES_H
#define SLUICE_TESTS_UNIT_BASE_SUITES_H

#include "unit.h"

Suite *form_suite(void);
Suite *host_name_suite(void);
Suite *library_suite(void);
Suite *map_suite(void);
Suite *utf8_suite(void);

#endif
