#include "suites.h"

UNIT_MAIN(sniff_suite, sni_suite, handshake_suite, client_hello_suite, ja4_suite)
