#include "suites.h"

UNIT_MAIN(decode_suite, mime_suite)
