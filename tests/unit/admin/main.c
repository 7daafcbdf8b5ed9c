#include "suites.h"

UNIT_MAIN(control_suite, exposition_suite, web_server_suite)
