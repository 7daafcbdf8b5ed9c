#include "suites.h"

UNIT_MAIN(map_suite, utf8_suite)
