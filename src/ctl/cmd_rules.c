/* sluicectl rules: the kernel's rules that steer traffic here.  The daemon owns its table, so it is the one that
 * installs and removes; this asks it. */
#include "ctl/daemon.h"
#include "ctl/json_view.h"

extern const struct ctl_command cmd_rules;

#define TIMEOUT_MS 10000

static int
run(struct ctl *ctl, int argc, char **argv)
{
	static const char *const actions[] = {"show", "install", "remove"};
	const char *action = NULL, *text;
	json_t *result = NULL;
	int first, status = option_parse(ctl, argc, argv, NULL, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	for (size_t i = 0; i < sizeof actions / sizeof actions[0] && first + 1 == argc; i++) {
		if (strcmp(argv[first], actions[i]) == 0)
			action = actions[i];
	}
	if (action == NULL)
		return ctl_fail_usage(ctl, "rules wants one of show, install and remove");
	status = daemon_ask(ctl, json_pack("{s:s, s:s}", "command", "rules", "action", action), TIMEOUT_MS,
		EX_UNAVAILABLE, NULL, NULL, &result);
	if (status != EX_OK)
		return status;
	text = json_string_value(json_object_get(result, "text"));
	if (ctl->json) {
		json_view_dump(ctl, result);
	} else if (text) {
		fputs(text, ctl->out);
	} else {
		fprintf(ctl->out, "rules are %s\n",
			json_is_true(json_object_get(result, "installed")) ? "installed" : "removed");
	}
	json_decref(result);
	return EX_OK;
}

const struct ctl_command cmd_rules = {
	.name = "rules",
	.operands = "show|install|remove",
	.summary = "Show, install or remove the kernel's rules that steer traffic here",
	.help = "Removed rules stay away until they are installed again, or the daemon starts anew.",
	.run = run,
};
