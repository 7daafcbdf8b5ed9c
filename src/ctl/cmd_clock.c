/* sluicectl clock accept: the administrator says that the machine's date is right, after it was changed by days. */
#include "ctl/daemon.h"
#include "ctl/json_view.h"

#include <string.h>

extern const struct ctl_command cmd_clock;

#define TIMEOUT_MS 5000

static int
run(struct ctl *ctl, int argc, char **argv)
{
	json_t *result = NULL;
	int first, status = option_parse(ctl, argc, argv, NULL, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	if (argc - first != 1 || strcmp(argv[first], "accept") != 0)
		return ctl_fail_usage(ctl, "clock wants: accept");
	status = daemon_ask(
		ctl, json_pack("{s:s}", "command", "clock-accept"), TIMEOUT_MS, EX_DATAERR, NULL, NULL, &result);
	if (status != EX_OK)
		return status;
	json_view_print(ctl, result);
	json_decref(result);
	return EX_OK;
}

const struct ctl_command cmd_clock = {
	.name = "clock",
	.operands = "accept",
	.summary = "Say that the machine's date is right after all",
	.help = "While the machine's date cannot be relied on, TLS is not read: after it was set to another day, for "
		"which "
		"no time server vouches, and before this program was made. What on_failure says is done with it. A "
		"date "
		"that is set right ends that; accept does where it was right.",
	.run = run,
};
