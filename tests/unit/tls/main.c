#include "suites.h"

/* clang-format off: a line each, so that two changes at once do not meet */
UNIT_MAIN(aia_suite, ca_suite, ca_export_suite, ca_store_suite, hostname_suite, issuance_files_suite,
	issuance_log_suite, issuer_store_suite, leaf_suite, leaf_cache_suite, leaf_request_suite, mint_suite,
	mint_server_suite, offer_suite, origin_sessions_suite, socket_bio_suite, tls_stream_suite, revocation_suite,
	trust_suite, trust_exception_suite, verify_sct_suite, verify_bounds_suite, verify_cache_suite,
	verify_cert_suite, verify_der_suite, verify_names_suite, verify_path_suite, verify_ssl_suite,
	verify_status_suite, lean_provider_suite)
