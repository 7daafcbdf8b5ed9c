/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_LOOP_SUITES_H
#define SLUICE_TESTS_UNIT_LOOP_SUITES_H

#include "unit.h"

Suite *loop_suite(void);
Suite *splice_suite(void);
Suite *stream_suite(void);

#endif
