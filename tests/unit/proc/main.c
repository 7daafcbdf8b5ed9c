#include "suites.h"

UNIT_MAIN(alarms_suite, clock_guard_suite, clock_watch_suite, metrics_suite, worker_counts_suite)
