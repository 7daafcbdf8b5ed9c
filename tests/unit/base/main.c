#include "suites.h"

UNIT_MAIN(form_suite, host_name_suite, library_suite, map_suite, utf8_suite)
