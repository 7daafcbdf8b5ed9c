#include "suites.h"

UNIT_MAIN(dst_guard_suite, listener_suite)
