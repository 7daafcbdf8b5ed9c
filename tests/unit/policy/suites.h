/* The suites of this directory, one for each file, and what they share. */
#ifndef SLUICE_TESTS_UNIT_POLICY_SUITES_H
#define SLUICE_TESTS_UNIT_POLICY_SUITES_H

#include "unit.h"

#include "policy/evaluate.h"

Suite *path_suite(void);
Suite *regex_suite(void);
Suite *schedule_suite(void);
Suite *group_suite(void);
Suite *compile_suite(void);
Suite *evaluate_suite(void);
Suite *lint_suite(void);
Suite *may_bypass_suite(void);
Suite *override_suite(void);
Suite *explain_suite(void);
Suite *import_suite(void);
Suite *manual_suite(void);
Suite *user_table_suite(void);

/* Categories: adult bank gambling games malware news shopping social gaming (the same as games) nothing (is empty).
 * Type classes: executable archive image document.  Topics: sports violence.  MIME types: application/zip image/gif
 * image/png text/html text/plain. */
extern const struct policy_names test_names;
/* Compiles a text called "test.conf"; fails the test where that is refused. */
struct policy *policy_from(const char *text);
/* Compiles a text that must be refused, or only warned of; returns all problems as text. */
const char *problems_of(const char *text);
/* Sets facts from a text such as "client=10.1.0.1 site=www.example.org cat=news,bank path=/x port=443 tls time=0
 * method=GET type=executable size=10 phrases=7 user=a,b mac=02:00:00:00:00:01 down settle=request". The facts borrow
 * memory that the next call with the same struct does not touch before it. */
struct test_facts {
	struct facts facts;
	struct slice users[4];
	uint64_t categories[1];
	uint64_t possible[1];
	uint8_t topics[2];
	struct slice more_mime;
	struct slice header_name;
	struct slice header_value;
	char text[1024];
};
void facts_from(struct test_facts *test, const char *text);

/* A policy of one to eight rules, as text. */
void random_policy(char *dst, size_t size);
/* A value of each fact, as a number; and those of a set (FACT_BIT()s) as text for facts_from(), with_bounds also what
 * is known of the size before it is known. */
void random_facts(int chosen[FACTS]);
void random_facts_text(const int chosen[FACTS], uint32_t set, bool with_bounds, char *dst, size_t size);

#endif
