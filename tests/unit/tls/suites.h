/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_TLS_SUITES_H
#define SLUICE_TESTS_UNIT_TLS_SUITES_H

#include "unit.h"

Suite *aia_suite(void);
Suite *ca_export_suite(void);
Suite *ca_store_suite(void);
Suite *ca_suite(void);
Suite *hostname_suite(void);
Suite *issuance_files_suite(void);
Suite *issuance_log_suite(void);
Suite *issuer_store_suite(void);
Suite *leaf_cache_suite(void);
Suite *leaf_request_suite(void);
Suite *leaf_suite(void);
Suite *lean_provider_suite(void);
Suite *mint_server_suite(void);
Suite *mint_suite(void);
Suite *offer_suite(void);
Suite *origin_sessions_suite(void);
Suite *revocation_suite(void);
Suite *socket_bio_suite(void);
Suite *tls_stream_suite(void);
Suite *trust_exception_suite(void);
Suite *trust_suite(void);
Suite *verify_bounds_suite(void);
Suite *verify_cache_suite(void);
Suite *verify_cert_suite(void);
Suite *verify_der_suite(void);
Suite *verify_names_suite(void);
Suite *verify_path_suite(void);
Suite *verify_sct_suite(void);
Suite *verify_ssl_suite(void);
Suite *verify_status_suite(void);

#endif
