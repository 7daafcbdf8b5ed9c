/* The control commands of the daemon: what `sluicectl` asks for. */
#include "config.h"

#include "proc/supervisor.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static void
handle_status(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	if (s->worker_is_ready)
		supervisor_ask_worker(s, r, arguments);
	else
		control_answer_with(r, supervisor_status(s));
}

static void
handle_flows(void *context, struct control_request *r, const json_t *arguments)
{
	supervisor_ask_worker(context, r, arguments);
}

static void
handle_reload(void *context, struct control_request *r, const json_t *arguments)
{
	(void)arguments;
	supervisor_reload(context, r);
}

static void
handle_rotate(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	(void)arguments;
	if (supervisor_rotate(s))
		control_answer_with(r, json_pack("{s:s}", "path", s->configuration.conf->record.path));
	else
		control_refuse(r, "see the daemon's log; records go on into the old file", "the access log cannot be opened anew");
}

const struct control_command supervisor_commands[] = {
        {"status", handle_status, false},
        {"flows", handle_flows, false},
        {"reload", handle_reload, true},
        {"rotate", handle_rotate, true},
};
const size_t supervisor_command_count = sizeof supervisor_commands / sizeof supervisor_commands[0];

static json_t *
child_status(const struct child *c, bool is_ready)
{
	return json_pack("{s:s,s:i,s:s,s:i,s:f}", "role", roles[c->role].name, "pid", (int)c->pid, "state",
	        c->pid == 0 ? "down" : is_ready ? "ready" : "starting", "restarts", (int)c->restarts, "seconds",
	        c->pid ? (double)(clock_monotonic_ns() - c->started) / 1e9 : 0.0);
}

json_t *
supervisor_status(const struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	json_t *processes = json_pack("[{s:s,s:i,s:s,s:i,s:f},o,o]", "role", "supervisor", "pid", (int)getpid(), "state",
	        "ready", "restarts", 0, "seconds", (double)(clock_monotonic_ns() - s->started) / 1e9,
	        child_status(&s->signer, buffer_len(&s->issuers) > 0), child_status(&s->worker, s->worker_is_ready));

	return json_pack("{s:s,s:f,s:i,s:s,s:s,s:s,s:s,s:o}", "version", PACKAGE_VERSION, "uptime_seconds",
	        (double)(clock_monotonic_ns() - s->started) / 1e9, "generation", (int)s->generation, "configuration",
	        s->config_path, "state_dir", conf->state_dir, "access_log", conf->record.path, "rules",
	        s->rules_stand ? (conf->gateway.steer == CONF_STEER_TPROXY ? "tproxy" : "redirect") : "none", "processes",
	        processes);
}
