#include "suites.h"

UNIT_MAIN(hosts_suite, message_suite, networks_suite, server_suite)
