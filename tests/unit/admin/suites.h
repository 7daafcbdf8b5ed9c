/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_ADMIN_SUITES_H
#define SLUICE_TESTS_UNIT_ADMIN_SUITES_H

#include "unit.h"

Suite *control_suite(void);
Suite *exposition_suite(void);
Suite *web_server_suite(void);

#endif
