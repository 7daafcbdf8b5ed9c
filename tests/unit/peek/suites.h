/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_PEEK_SUITES_H
#define SLUICE_TESTS_UNIT_PEEK_SUITES_H

#include "unit.h"

Suite *sniff_suite(void);
Suite *sni_suite(void);
Suite *handshake_suite(void);
Suite *client_hello_suite(void);
Suite *ja4_suite(void);

#endif
