#include "suites.h"

UNIT_MAIN(charset_suite, decode_suite, mime_suite)
