/* The table of commands; each row stands in its own file, cmd_NAME.c. */
#include "ctl/ctl.h"

extern const struct ctl_command cmd_bypass, cmd_ca, cmd_clock, cmd_doctor, cmd_explain, cmd_flows, cmd_import, cmd_lists, cmd_model,
	cmd_override, cmd_query,
	cmd_reload, cmd_replay, cmd_rules, cmd_status, cmd_tail;

const struct ctl_command *const ctl_commands[] = {
	&cmd_status,
	&cmd_flows,
	&cmd_tail,
	&cmd_query,
	&cmd_explain,
	&cmd_replay,
	&cmd_reload,
	&cmd_rules,
	&cmd_lists,
	&cmd_model,
	&cmd_bypass,
	&cmd_override,
	&cmd_ca,
	&cmd_clock,
	&cmd_import,
	&cmd_doctor,
};
const size_t ctl_command_count = sizeof ctl_commands / sizeof ctl_commands[0];
