#include "suites.h"

UNIT_MAIN(ca_suite, ca_store_suite, ca_export_suite, issuance_log_suite, mint_suite, mint_server_suite, hostname_suite,
	trust_suite, verify_bounds_suite, verify_cache_suite, verify_cert_suite, verify_der_suite, verify_names_suite,
	verify_path_suite, verify_ssl_suite, verify_status_suite)
