/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_IPC_SUITES_H
#define SLUICE_TESTS_UNIT_IPC_SUITES_H

#include "unit.h"

Suite *bundle_suite(void);
Suite *channel_suite(void);

#endif
