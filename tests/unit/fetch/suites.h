#ifndef SLUICE_TESTS_FETCH_SUITES_H
#define SLUICE_TESTS_FETCH_SUITES_H

#include "unit.h"

Suite *hosts_suite(void);
Suite *message_suite(void);
Suite *networks_suite(void);
Suite *server_suite(void);

#endif
