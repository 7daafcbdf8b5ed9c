/* sluicectl rules: the kernel's rules that steer traffic here.  The daemon owns its table, so it is the one that
 * installs and removes; this asks it.  What a daemon left behind that is gone (the table that
 * refuses, where `on_failure closed` is set, and its route) is removed from here. */
#include "ctl/action.h"
#include "ctl/daemon.h"
#include "ctl/json_view.h"
#include "ctl/settings.h"
#include "intercept/ruleset.h"

#include <string.h>

extern const struct ctl_command cmd_rules;

#define TIMEOUT_MS 10000

/* Without the daemon. */
static int
remove_leftovers(struct ctl *ctl)
{
	struct steering steering = steering_default();
	struct problems problems = {0};
	struct settings settings;
	struct ruleset *rules = NULL;
	int status = settings_load(ctl, &settings);

	if (status != EX_OK)
		goto out;
	if (settings.conf->gateway.steer == CONF_STEER_TPROXY)
		steering.method = STEERING_TPROXY;
	rules = ruleset_open(&problems);
	if (rules == NULL || !ruleset_remove(rules, &steering, &problems))
		status = EX_NOPERM;
	else
		fputs("no daemon runs; what one may have left behind is removed\n", ctl->out);
	settings_print_problems(ctl->err, &problems);
out:
	ruleset_close(rules);
	problems_release(&problems);
	settings_release(&settings);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_action actions[] = {{.name = "show"}, {.name = "install"}, {.name = "remove"}};
	const struct ctl_action *found;
	const char *action, *text;
	json_t *result = NULL;
	int first, status = option_parse(ctl, argc, argv, NULL, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	found = CTL_ACTION_FIND(ctl, actions, argc - first, argv + first);
	if (found == NULL)
		return EX_USAGE;
	action = found->name;
	if (strcmp(action, "remove") == 0 && !daemon_is_running(ctl, &status))
		return status == EX_OK ? remove_leftovers(ctl) : status;
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
	.help = "Removed rules stay away until they are installed again, or the daemon starts anew. remove also works "
		"when no "
		"daemon runs: it then clears away what one that died left behind.",
	.run = run,
};
