/* Commands that do several things by their first operand (`sluicectl ca export`): each keeps a table whose rows begin
 * with a struct ctl_action, and finds the row here. */
#ifndef SLUICE_CTL_ACTION_H
#define SLUICE_CTL_ACTION_H

#include "ctl/ctl.h"

struct ctl_action {
	const char *name;
	int least, most;   /* operands behind it */
	const char *takes; /* what these are, for who gives others: "one name, or none"; NULL: there are none */
	bool is_default;   /* what is done where no operand is given */
};

/* The row that operands[0] names, out of `count` rows of `size` bytes.  NULL, with the mistake said (the command fails
 * with EX_USAGE), where none does, or where too many or too few operands follow. */
const void *ctl_action_find(
	const struct ctl *ctl, const void *rows, size_t count, size_t size, int operand_count, char **operands);
/* The same for a table that is an array. */
#define CTL_ACTION_FIND(ctl, rows, operand_count, operands) \
	ctl_action_find(ctl, rows, sizeof(rows) / sizeof *(rows), sizeof *(rows), operand_count, operands)

#endif
