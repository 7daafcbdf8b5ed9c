#include "suites.h"

UNIT_MAIN(control_suite)
