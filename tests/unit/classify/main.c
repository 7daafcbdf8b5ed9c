#include "suites.h"

UNIT_MAIN(charset_suite, decode_suite, html_text_suite, mime_suite, phrases_suite, text_model_suite, text_normal_suite)
