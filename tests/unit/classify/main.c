#include "suites.h"

UNIT_MAIN(mime_suite)
