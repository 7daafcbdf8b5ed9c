/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_TLS_SUITES_H
#define SLUICE_TESTS_UNIT_TLS_SUITES_H

#include "unit.h"

Suite *ca_export_suite(void);
Suite *ca_store_suite(void);
Suite *ca_suite(void);
Suite *issuance_log_suite(void);
Suite *mint_server_suite(void);
Suite *mint_suite(void);
Suite *verify_suite(void);

#endif
