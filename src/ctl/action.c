/* Finding what a command is to do.  See action.h. */
#include "ctl/action.h"

#include "base/buffer.h"

#define LINE_MAX_LEN 1024

static const struct ctl_action *
row_at(const void *rows, size_t size, size_t i)
{
	return (const struct ctl_action *)((const char *)rows + i * size);
}

/* "ca wants init, show or export". */
static void
say_which(const struct ctl *ctl, const void *rows, size_t count, size_t size)
{
	struct buffer names = buffer_make(LINE_MAX_LEN);

	for (size_t i = 0; i < count; i++)
		buffer_printf(&names, "%s%s",
			i == 0           ? ""
			: i + 1 == count ? " or "
					 : ", ",
			row_at(rows, size, i)->name);
	ctl_fail_usage(ctl, "%s wants %.*s", ctl->command->name, SLICE_ARG(buffer_slice(&names)));
	buffer_release(&names);
}

const void *
ctl_action_find(const struct ctl *ctl, const void *rows, size_t count, size_t size, int operand_count, char **operands)
{
	for (size_t i = 0; i < count; i++) {
		const struct ctl_action *action = row_at(rows, size, i);

		if (operand_count == 0 && action->is_default)
			return action;
		if (operand_count == 0 || strcmp(operands[0], action->name) != 0)
			continue;
		if (operand_count - 1 >= action->least && operand_count - 1 <= action->most)
			return action;
		ctl_fail_usage(ctl, "%s %s takes %s", ctl->command->name, action->name,
			action->takes ? action->takes : "nothing more");
		return NULL;
	}
	say_which(ctl, rows, count, size);
	return NULL;
}
