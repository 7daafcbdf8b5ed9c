/* Any bytes make a table: sorted, without an address twice, and each entry whole when it is copied. */
#include "policy/user_table.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_source file = {"users", slice_make(data, size)};
	struct problems problems = {0};
	struct user_table *table = user_table_build(&file, 1, &problems);
	struct slice rest = file.bytes, line;

	if (table == NULL)
		abort();
	if (problems.count > USER_MISTAKES_MAX + 2)
		abort();
	while (slice_split(&rest, '\n', &line)) {
		struct slice word = slice_sub(line, 0, slice_find(line, ' '));
		struct user_entry *copy;
		struct addr addr;

		if (!addr_parse(word, &addr))
			continue;
		copy = user_entry_copy(user_table_find(table, &addr, 0));
		if (copy && (copy->count == 0 || copy->count > USER_NAMES_MAX || !addr_eq(&copy->addr, &addr)))
			abort();
		for (size_t i = 0; copy && i < copy->count; i++)
			if (copy->names[i].len == 0 || copy->names[i].len > USER_NAME_MAX + 1 ||
				(copy->names[i].ptr[0] == '@') != (i > 0))
				abort();
		free(copy);
	}
	user_table_release(table);
	problems_release(&problems);
	return 0;
}
