/* What every unit-test program shares: a directory has one program, which runs a suite for each file. */
#ifndef SLUICE_TESTS_UNIT_H
#define SLUICE_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>

#include "base/slice.h"

/* Fails unless the slice holds exactly the text. */
#define assert_slice(s, text)                                                                        \
	do {                                                                                         \
		struct slice assert_slice_ = (s);                                                    \
		ck_assert_msg(slice_eq(assert_slice_, slice_of(text)), "have \"%.*s\", want \"%s\"", \
			SLICE_ARG(assert_slice_), (const char *)(text));                             \
	} while (0)

/* Runs the suites and returns the exit status of the program. */
static inline int
unit_run(Suite *(*const suites[])(void), size_t count)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	setenv("CK_DEFAULT_TIMEOUT", "120", 0); /* a busy machine under sanitizers is slow, not wrong */
	for (size_t i = 0; i < count; i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define UNIT_MAIN(...)                                                     \
	int main(void)                                                     \
	{                                                                  \
		Suite *(*const suites[])(void) = {__VA_ARGS__};            \
		return unit_run(suites, sizeof suites / sizeof suites[0]); \
	}

/* A suite of one test case: UNIT_SUITE(map, "map", test_a, test_b). */
#define UNIT_SUITE(name, title, ...)                                        \
	Suite *name##_suite(void)                                           \
	{                                                                   \
		const TTest *const tests[] = {__VA_ARGS__};                 \
		Suite *suite = suite_create(title);                         \
		TCase *tcase = tcase_create(title);                         \
		for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) \
			tcase_add_test(tcase, tests[i]);                    \
		suite_add_tcase(suite, tcase);                              \
		return suite;                                               \
	}

#endif
