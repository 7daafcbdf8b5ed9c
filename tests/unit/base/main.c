#include "suites.h"

UNIT_MAIN(map_suite)
