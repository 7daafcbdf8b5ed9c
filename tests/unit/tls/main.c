#include "suites.h"

UNIT_MAIN(ca_suite, ca_store_suite, ca_export_suite, issuance_log_suite, mint_suite, mint_server_suite, verify_suite)
