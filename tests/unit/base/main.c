#include "suites.h"

UNIT_MAIN(host_name_suite, map_suite, utf8_suite)
