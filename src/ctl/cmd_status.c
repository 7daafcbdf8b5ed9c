/* sluicectl status: how the daemon and its processes fare.  The daemon tells what it knows; what the CA's folder
 * tells is added here. */
#include "ctl/ca_folder.h"
#include "ctl/daemon.h"
#include "ctl/json_view.h"
#include "ctl/settings.h"

extern const struct ctl_command cmd_status;

#define TIMEOUT_MS 5000

/* The CA that signs, where its folder may be read. */
static void
add_ca(struct ctl *ctl, json_t *status)
{
	struct settings settings;
	struct ca_folder folder;

	if (settings_load(ctl, &settings) == EX_OK && ca_folder_open(&folder, settings.conf->state_dir, ctl->now_ns)) {
		json_object_set_new(status, "ca", ca_folder_describe(&folder.exported[0]));
		ca_folder_close(&folder);
	}
	settings_release(&settings);
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	json_t *status = NULL;
	int first, result = option_parse(ctl, argc, argv, NULL, NULL, &first);

	if (result != EX_OK || first < 0)
		return result;
	if (first < argc)
		return ctl_fail_usage(ctl, "status takes no operands");
	result = daemon_ask(
		ctl, json_pack("{s:s}", "command", "status"), TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, &status);
	if (result != EX_OK)
		return result;
	add_ca(ctl, status);
	json_view_print(ctl, status);
	json_decref(status);
	return EX_OK;
}

const struct ctl_command cmd_status = {
	.name = "status",
	.operands = "",
	.summary = "Show how the daemon and its processes fare",
	.help = "",
	.run = run,
};
