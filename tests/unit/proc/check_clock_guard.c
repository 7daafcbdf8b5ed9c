/* Which dates are believed: a table of histories, each reading with the answer it must have. */
#include "suites.h"

#include "proc/clock_guard.h"

#define DAY INT64_C(86400)
#define BUILD (20000 * DAY)
#define NOW (20100 * DAY)

struct step {
	int64_t real;
	int64_t boot;
	bool is_synchronised;
	enum clock_state want;
};

static void
run(const struct step *steps, size_t count)
{
	struct clock_guard g = {.build = BUILD};

	for (size_t i = 0; i < count; i++) {
		struct clock_reading reading = {steps[i].real, steps[i].boot, steps[i].is_synchronised};
		enum clock_state got = clock_guard_judge(&g, &reading);

		ck_assert_msg(got == steps[i].want, "step %zu: %d, wanted %d", i, (int)got, (int)steps[i].want);
	}
}

#define RUN(...)                                               \
	do {                                                   \
		const struct step steps_[] = {__VA_ARGS__};    \
		run(steps_, sizeof steps_ / sizeof steps_[0]); \
	} while (0)

START_TEST(a_machine_without_a_clock_comes_right_with_its_first_synchronisation)
{
	/* 1970, then the time server. */
	RUN({30, 30, false, CLOCK_BEFORE_BUILD}, {60, 60, false, CLOCK_BEFORE_BUILD}, {NOW, 90, true, CLOCK_GOOD},
		{NOW + 30, 120, true, CLOCK_GOOD});
	/* The same where the step comes first and the kernel says a moment later that the clock is kept. */
	RUN({30, 30, false, CLOCK_BEFORE_BUILD}, {NOW, 90, false, CLOCK_GOOD}, {NOW + 2, 92, true, CLOCK_GOOD});
	/* A date from the last shutdown, weeks old. */
	RUN({NOW - 30 * DAY, 10, false, CLOCK_GOOD}, {NOW, 40, false, CLOCK_STEPPED}, {NOW + 1, 41, true, CLOCK_GOOD},
		{NOW + 9, 49, true, CLOCK_GOOD});
	/* A clock that was ahead. */
	RUN({NOW + 400 * DAY, 10, false, CLOCK_GOOD}, {NOW, 40, true, CLOCK_GOOD});
}
END_TEST

START_TEST(a_jump_of_two_days_is_not_believed_once_the_clock_was_kept)
{
	for (int sign = -1; sign <= 1; sign += 2)
		for (int synchronised = 0; synchronised <= 1; synchronised++)
			RUN({NOW, 100, true, CLOCK_GOOD}, {NOW + sign * 2 * DAY, 100, synchronised, CLOCK_STEPPED},
				{NOW + sign * 2 * DAY + 600, 700, synchronised, CLOCK_STEPPED},
				/* It is set back. */
				{NOW + 700, 800, synchronised, CLOCK_GOOD});
}
END_TEST

START_TEST(a_jump_without_a_time_server_is_not_believed)
{
	RUN({NOW, 100, false, CLOCK_GOOD}, {NOW + 2 * DAY, 100, false, CLOCK_STEPPED}, {NOW, 100, false, CLOCK_GOOD},
		{NOW - 2 * DAY, 100, false, CLOCK_STEPPED});
}
END_TEST

START_TEST(corrections_within_a_day_are_nothing)
{
	RUN({NOW, 100, true, CLOCK_GOOD}, {NOW + 7200, 110, true, CLOCK_GOOD}, {NOW - 7200, 120, true, CLOCK_GOOD},
		{NOW + DAY, 100, true, CLOCK_GOOD}, {NOW + DAY + 1, 100, true, CLOCK_STEPPED});
}
END_TEST

START_TEST(small_steps_do_not_add_up_to_a_large_one)
{
	RUN({NOW, 100, true, CLOCK_GOOD}, {NOW - DAY / 2, 100, true, CLOCK_GOOD}, {NOW - DAY, 100, true, CLOCK_GOOD},
		{NOW - 3 * DAY / 2, 100, true, CLOCK_STEPPED});
}
END_TEST

START_TEST(time_that_passes_is_no_step)
{
	/* A year of uptime, half of it asleep: the clock since boot counts that. */
	RUN({NOW, 100, true, CLOCK_GOOD}, {NOW + 365 * DAY, 100 + 365 * DAY, true, CLOCK_GOOD});
}
END_TEST

START_TEST(a_date_before_the_build_is_never_believed)
{
	struct clock_guard g = {.build = BUILD};
	struct clock_reading before = {BUILD - 1, 10, true}, at = {BUILD, 11, false};

	ck_assert_int_eq(clock_guard_judge(&g, &before), CLOCK_BEFORE_BUILD);
	ck_assert(!clock_guard_accept(&g, &before));
	ck_assert_int_eq(clock_guard_judge(&g, &before), CLOCK_BEFORE_BUILD);
	ck_assert_int_eq(clock_guard_judge(&g, &at), CLOCK_GOOD);
	/* And back to what it was before, once it fell. */
	RUN({NOW, 100, true, CLOCK_GOOD}, {5, 100, true, CLOCK_BEFORE_BUILD}, {NOW + 5, 105, false, CLOCK_GOOD});
	RUN({NOW, 100, true, CLOCK_GOOD}, {5, 100, true, CLOCK_BEFORE_BUILD},
		{NOW + 5 * DAY, 105, true, CLOCK_STEPPED});
}
END_TEST

START_TEST(the_administrator_may_accept_a_jump)
{
	struct clock_guard g = {.build = BUILD};
	struct clock_reading first = {NOW, 100, true}, later = {NOW + 9 * DAY, 200, true};
	struct clock_reading much_later = {NOW + 30 * DAY, 300, true};

	ck_assert_int_eq(clock_guard_judge(&g, &first), CLOCK_GOOD);
	ck_assert_int_eq(clock_guard_judge(&g, &later), CLOCK_STEPPED);
	ck_assert_int_eq(g.step, 9 * DAY - 100);
	ck_assert(clock_guard_accept(&g, &later));
	ck_assert_int_eq(clock_guard_judge(&g, &later), CLOCK_GOOD);
	/* The next one is another one. */
	ck_assert_int_eq(clock_guard_judge(&g, &much_later), CLOCK_STEPPED);
	/* What was right before is wrong now. */
	ck_assert_int_eq(clock_guard_judge(&g, &first), CLOCK_STEPPED);
}
END_TEST

UNIT_SUITE(clock_guard, "clock_guard", a_machine_without_a_clock_comes_right_with_its_first_synchronisation,
	a_jump_of_two_days_is_not_believed_once_the_clock_was_kept, a_jump_without_a_time_server_is_not_believed,
	corrections_within_a_day_are_nothing, small_steps_do_not_add_up_to_a_large_one, time_that_passes_is_no_step,
	a_date_before_the_build_is_never_believed, the_administrator_may_accept_a_jump)
