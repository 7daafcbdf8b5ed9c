/* The suites of this directory, one for each file. */
#ifndef SLUICE_TESTS_UNIT_CLASSIFY_SUITES_H
#define SLUICE_TESTS_UNIT_CLASSIFY_SUITES_H

#include "unit.h"

Suite *body_scan_suite(void);
Suite *category_suite(void);
Suite *category_walk_suite(void);
Suite *charset_suite(void);
Suite *decode_suite(void);
Suite *html_text_suite(void);
Suite *list_suite(void);
Suite *list_store_suite(void);
Suite *mime_suite(void);
Suite *multipart_suite(void);
Suite *name_shape_suite(void);
Suite *phrases_suite(void);
Suite *search_terms_suite(void);
Suite *text_calibrate_suite(void);
Suite *text_features_suite(void);
Suite *text_model_suite(void);
Suite *text_normal_suite(void);
Suite *text_train_suite(void);

#endif
