/* The hash map: against a plain array as the model. */
#include "suites.h"

#include "base/map.h"

#include <stdio.h>

START_TEST(random_puts_and_removes_agree_with_an_array)
{
	enum { KEYS = 500, STEPS = 20000 };
	static char names[KEYS][8];
	bool present[KEYS] = {false};
	size_t count = 0;
	struct map m;

	map_init(&m);
	srand(1);
	for (int i = 0; i < KEYS; i++)
		snprintf(names[i], sizeof names[i], "k%d", i);
	for (int step = 0; step < STEPS; step++) {
		int i = rand() % KEYS;
		struct slice key = slice_of(names[i]);

		ck_assert_ptr_eq(map_get(&m, key), present[i] ? names[i] : NULL);
		if (rand() % 2) {
			ck_assert(map_put(&m, key, names[i]));
			count += !present[i];
			present[i] = true;
		} else {
			ck_assert_ptr_eq(map_remove(&m, key), present[i] ? names[i] : NULL);
			count -= present[i];
			present[i] = false;
		}
		ck_assert_uint_eq(m.count, count);
	}
	map_release(&m);
}
END_TEST

UNIT_SUITE(map, "map", random_puts_and_removes_agree_with_an_array)
