#include "suites.h"

UNIT_MAIN(option_suite, terminal_suite, filter_suite, log_files_suite, commands_suite, ca_suite, explain_suite,
	doctor_suite, tail_suite, daemon_suite)
