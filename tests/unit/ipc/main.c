#include "suites.h"

UNIT_MAIN(bundle_suite, channel_suite)
