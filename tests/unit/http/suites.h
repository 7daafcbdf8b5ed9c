/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_HTTP_SUITES_H
#define SLUICE_TESTS_UNIT_HTTP_SUITES_H

#include "unit.h"

Suite *bound_auth_suite(void);
Suite *chunked_suite(void);
Suite *framing_suite(void);
Suite *h1_conn_suite(void);
Suite *h1_head_suite(void);
Suite *h1_write_suite(void);
Suite *h2_conn_suite(void);
Suite *h2_frames_suite(void);
Suite *message_suite(void);
Suite *semantics_suite(void);
Suite *uri_suite(void);
Suite *websocket_suite(void);

#endif
