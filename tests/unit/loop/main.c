#include "suites.h"

UNIT_MAIN(loop_suite, splice_suite, stream_suite)
