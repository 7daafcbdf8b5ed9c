/* sluicectl reload: the daemon reads its configuration anew; with one mistake it keeps the old one. */
#include "ctl/daemon.h"
#include "ctl/json_view.h"

extern const struct ctl_command cmd_reload;

#define TIMEOUT_MS 60000 /* lists may be compiled on the way */

static int
run(struct ctl *ctl, int argc, char **argv)
{
	json_t *result = NULL, *warning;
	int first, status = option_parse(ctl, argc, argv, NULL, NULL, &first);
	size_t i;

	if (status != EX_OK || first < 0)
		return status;
	if (first < argc)
		return ctl_fail_usage(ctl, "reload takes no operands");
	status = daemon_ask(ctl, json_pack("{s:s}", "command", "reload"), TIMEOUT_MS, EX_CONFIG, NULL, NULL, &result);
	if (status != EX_OK)
		return status;
	if (ctl->json) {
		json_view_dump(ctl, result);
	} else {
		json_array_foreach(json_object_get(result, "warnings"), i, warning)
			fprintf(ctl->err, "%s\n", json_string_value(warning));
		fprintf(ctl->out, "generation %lld is in force\n",
			(long long)json_integer_value(json_object_get(result, "generation")));
	}
	json_decref(result);
	return EX_OK;
}

const struct ctl_command cmd_reload = {
	.name = "reload",
	.operands = "",
	.summary = "Take over the changed configuration, whole or not at all",
	.help = "Mistakes are shown with file, line and column; the daemon then goes on as before.",
	.run = run,
};
