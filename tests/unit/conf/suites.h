/* The suites of this directory, one for each file, and what they share. */
#ifndef SLUICE_TESTS_UNIT_CONF_SUITES_H
#define SLUICE_TESTS_UNIT_CONF_SUITES_H

#include "unit.h"

#include "conf/parse.h"
#include "conf/snapshot.h"

Suite *token_suite(void);
Suite *value_suite(void);
Suite *parse_suite(void);
Suite *schema_suite(void);
Suite *snapshot_suite(void);
Suite *load_suite(void);

/* All problems, a line each, into one text that the next call overwrites. */
const char *problems_text(const struct problems *problems);
/* Parses and builds from one text called "test.conf"; what went wrong is in problems_text() of *problems. */
struct conf *conf_from(const char *text, struct problems *problems);

#endif
