#include "suites.h"

UNIT_MAIN(body_scan_suite, category_suite, category_walk_suite, charset_suite, decode_suite, html_text_suite,
	list_suite, list_store_suite, mime_suite, multipart_suite, name_shape_suite, phrases_suite, search_terms_suite,
	text_calibrate_suite, text_features_suite, text_model_suite, text_normal_suite, text_train_suite)
