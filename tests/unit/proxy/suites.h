/* The suites of this directory, one for each file, and what they share. */
#ifndef SLUICE_TESTS_UNIT_PROXY_SUITES_H
#define SLUICE_TESTS_UNIT_PROXY_SUITES_H

#include "unit.h"

#include "base/diag.h"
#include "conf/snapshot.h"
#include "http/message.h"

Suite *bypasses_suite(void);
Suite *page_form_suite(void);
Suite *page_template_suite(void);
Suite *page_set_suite(void);
Suite *pages_suite(void);
Suite *override_code_suite(void);
Suite *overrides_suite(void);
Suite *warn_suite(void);
Suite *enforce_suite(void);

/* A request from lines of a text: the first is "METHOD SCHEME://HOST/PATH", each further one a header field. */
void request_from(struct http_message *request, struct arena *arena, const char *text);
/* A configuration of these settings; the caller releases it. */
struct conf *conf_from(const char *text);
/* All problems as text, which are released. */
const char *problems_text(struct problems *problems);

#endif
