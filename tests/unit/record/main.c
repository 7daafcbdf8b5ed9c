#include "suites.h"

UNIT_MAIN(text_suite, json_suite, record_suite, format_suite, entry_suite, queue_suite, writer_suite)
