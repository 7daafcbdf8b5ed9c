/* A library that is loaded by name: the mathematics of the C library, which no program of ours needs. */
#include "suites.h"

#include "base/library.h"

struct functions {
	double (*cbrt)(double);
	double (*hypot)(double, double);
};

static struct functions table;

static const struct library_function there[] = {
	{"cbrt", offsetof(struct functions, cbrt)},
	{"hypot", offsetof(struct functions, hypot)},
};
static const struct library_function partly[] = {
	{"cbrt", offsetof(struct functions, cbrt)},
	{"no_such_function", offsetof(struct functions, hypot)},
};

START_TEST(functions_go_to_their_places)
{
	struct library library = {.file = "libm.so.6", .functions = there, .function_count = 2, .table = &table};
	const char *mistake = NULL;

	ck_assert_msg(library_load(&library, &mistake), "%s", mistake);
	ck_assert(table.cbrt(27) > 2.9 && table.cbrt(27) < 3.1);
	ck_assert(table.hypot(3, 4) > 4.9 && table.hypot(3, 4) < 5.1);
	table.cbrt = NULL;
	ck_assert(library_load(&library, &mistake)); /* once: nothing is looked up again */
	ck_assert_ptr_null(table.cbrt);
}
END_TEST

START_TEST(what_is_missing_is_told)
{
	struct library absent = {.file = "libno-such.so.1", .functions = there, .function_count = 2, .table = &table};
	struct library old = {.file = "libm.so.6", .functions = partly, .function_count = 2, .table = &table};
	const char *mistake = NULL;

	for (unsigned again = 0; again < 2; again++) {
		ck_assert(!library_load(&absent, &mistake));
		ck_assert_ptr_nonnull(strstr(mistake, "libno-such.so.1"));
		ck_assert(!library_load(&old, &mistake));
		ck_assert_str_eq(mistake, "libm.so.6 is too old: it has no no_such_function");
	}
}
END_TEST

UNIT_SUITE(library, "library", functions_go_to_their_places, what_is_missing_is_told)
