#include "suites.h"

UNIT_MAIN(steering_suite, dst_guard_suite, listener_suite, rules_suite, ruleset_suite)
