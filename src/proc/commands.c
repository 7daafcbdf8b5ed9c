/* The control commands of the daemon: what `sluicectl` asks for. */
#include "config.h"

#include "proc/supervisor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/alarm_checks.h"
#include "proc/ca_facts.h"
#include "proc/date_json.h"
#include "proc/override_keeper.h"
#include "proc/pins.h"
#include "proc/process_usage.h"
#include "proc/steer.h"

static json_t *
process_status(const char *role, pid_t pid, const char *state, unsigned restarts)
{
	json_t *status = json_pack(
		"{s:s,s:i,s:s,s:i}", "role", role, "pid", (int)pid, "state", state, "restarts", (int)restarts);
	struct process_usage usage;

	if (status && process_usage_read(pid, &usage)) {
		json_object_set_new(status, "cpu_ns", json_integer((json_int_t)usage.cpu_ns));
		json_object_set_new(status, "rss_bytes", json_integer((json_int_t)usage.rss_bytes));
	}
	return status;
}

static json_t *
child_status(const struct child *c, bool is_ready)
{
	return process_status(roles[c->role].name, c->pid,
		c->pid == 0 ? "down"
		: is_ready  ? "ready"
			    : "starting",
		c->restarts);
}

/* The certificate that signs, out of what the signer sent. */
static void
add_ca(const struct supervisor *s, json_t *status)
{
	struct ca_facts ca;

	if (!ca_facts_read(buffer_slice(&s->issuers), &ca))
		return;
	json_object_set_new(status, "ca_fingerprint", json_string(ca.fingerprint));
	json_object_set_new(status, "ca_expires", date_json(ca.until));
	json_object_set_new(status, "ca_days_left",
		json_integer((json_int_t)(ca.until - (int64_t)(clock_realtime_ns() / 1000000000u)) / 86400));
}

/* The worker says when the list of transparency logs was made in seconds, 0 where there is none. */
static void
tell_ct_logs(json_t *status)
{
	json_int_t made = json_integer_value(json_object_get(status, "ct_logs_made_s"));

	json_object_del(status, "ct_logs_made_s");
	if (made)
		json_object_set_new(status, "ct_logs_made", date_json(made));
}

/* Whom the administrator believes against the rules: no status without it. */
static void
add_exceptions(const struct conf *conf, json_t *status)
{
	json_t *list = json_array();

	for (size_t i = 0; i < conf->exception_count; i++) {
		const struct conf_exception *e = &conf->exceptions[i];

		json_array_append_new(list, json_pack("{s:s,s:s*,s:s*,s:s*}", "host", e->host, "fault", e->fault,
						    "until", e->until, "key", e->key));
	}
	if (conf->exception_count)
		json_object_set(status, "exceptions", list);
	json_decref(list);
}

static json_t *
fetches_json(const struct fetches *f)
{
	json_t *object = json_object();

#define ADD(name, help) json_object_set_new(object, #name, json_integer((json_int_t)(f->past.name + f->counts.name)));
	FETCH_COUNTS(ADD)
#undef ADD
	return object;
}

static json_t *
supervisor_status(const struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	json_t *processes = json_pack("[o,o,o,o]", process_status("supervisor", getpid(), "ready", 0),
		child_status(&s->signer, buffer_len(&s->issuers) > 0), child_status(&s->worker, s->worker_is_ready),
		child_status(&s->fetches.child, s->fetches.is_ready));
	json_t *status = json_pack("{s:s,s:I,s:i,s:s,s:s,s:s,s:s,s:b,s:s,s:o}", "version", PACKAGE_VERSION, "uptime_ns",
		(json_int_t)(clock_monotonic_ns() - s->started), "generation", (int)s->generation, "configuration",
		s->config_path, "state_dir", conf->state_dir, "access_log", conf->record.path, "steer",
		conf->gateway.steer == CONF_STEER_TPROXY ? "tproxy" : "redirect", "rules_installed", s->rules_stand,
		"on_failure", conf->gateway.on_failure == CONF_ON_FAILURE_CLOSED ? "closed" : "open", "processes",
		processes);

	if (s->admin.listener_count)
		json_array_append_new(processes, child_status(&s->admin.child, s->admin.child.pid != 0));
	if (status) {
		add_ca(s, status);
		add_exceptions(conf, status);
	}
	json_object_set_new(status, "alarms", alarms_describe(&s->alarms));
	json_object_set_new(status, "clock_steps", json_integer((json_int_t)s->clock.steps));
	json_object_set_new(status, "fetches", fetches_json(&s->fetches));
	return status;
}

void
commands_answer(struct supervisor *s, struct pending_query *q, json_t *reply)
{
	json_t *whole;

	if (reply == NULL) {
		control_refuse(q->request, NULL, "the worker's answer is malformed");
		return;
	}
	if (q->is_status) {
		whole = supervisor_status(s);
		json_object_update(whole, reply);
		json_decref(reply);
		tell_ct_logs(whole);
		control_answer_with(q->request, whole);
		return;
	}
	control_answer_with(q->request, reply);
}

static void
handle_status(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	clock_watch_look(&s->clock);
	alarm_checks_own(s);
	if (s->worker_is_ready)
		supervisor_ask_worker(s, r, arguments, true);
	else if (s->was_ready)
		control_answer_with(r, supervisor_status(s)); /* a worker is on its way again: say so */
	else
		control_refuse(r, "ask again in a moment", "the daemon is starting");
}

static void
handle_by_worker(void *context, struct control_request *r, const json_t *arguments)
{
	supervisor_ask_worker(context, r, arguments, false);
}

static void
handle_reload(void *context, struct control_request *r, const json_t *arguments)
{
	(void)arguments;
	supervisor_reload(context, r);
}

/* show, install, remove: the kernel rules of the configuration that is in force. */
static void
handle_rules(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;
	const char *action = json_string_value(json_object_get(arguments, "action"));
	struct buffer text = buffer_make(1 << 20);
	struct problems problems = {0};
	struct steering steering;

	if (action && strcmp(action, "show") == 0) {
		if (steer_describe(s->configuration.conf, &steering, &problems) && ruleset_show(&steering, &text))
			control_answer_with(r, json_pack("{s:s#,s:b}", "text", buffer_slice(&text).ptr,
						       (int)buffer_len(&text), "installed", s->rules_stand));
		else
			control_refuse(
				r, "see sluiced -t", "the configuration describes no rules that the kernel could have");
	} else if (action && strcmp(action, "install") == 0) {
		if (steer_install(s))
			control_answer_with(r, json_pack("{s:b}", "installed", 1));
		else
			control_refuse(r, "see the daemon's log", "the kernel rules could not be installed");
	} else if (action && strcmp(action, "remove") == 0) {
		steer_stop(s);
		control_answer_with(r, json_pack("{s:b}", "installed", 0));
	} else
		control_refuse(r, "ask for show, install or remove", "there is no such action on rules");
	problems_release(&problems);
	buffer_release(&text);
}

static void
handle_rotate(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	(void)arguments;
	if (supervisor_rotate(s))
		control_answer_with(r, json_pack("{s:s}", "path", s->configuration.conf->record.path));
	else
		control_refuse(r, "see the daemon's log; records go on into the old file",
			"the access log cannot be opened anew");
}

static void
handle_lists(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	(void)arguments;
	control_answer_with(r, list_updates_describe(&s->lists));
}

static void
handle_lists_update(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;
	const char *name = json_string_value(json_object_get(arguments, "list"));
	unsigned count = list_updates_ask(&s->lists, name, json_is_true(json_object_get(arguments, "force")));

	if (count)
		control_answer_with(r, json_pack("{s:i}", "asked", (int)count));
	else
		control_refuse(r, "lists with an url are fetched; reload after a change of the configuration",
			name ? "the daemon fetches no list of that name" : "the daemon fetches no list");
}

static void
handle_issuance_rotate(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	(void)arguments;
	issuance_rotation_begin(&s->issuance, r);
}

static void
handle_clock_accept(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;

	(void)arguments;
	if (clock_watch_accept(&s->clock))
		control_answer_with(r, json_pack("{s:I}", "now_ns", (json_int_t)clock_realtime_ns()));
	else
		control_refuse(r, "set the clock", "the machine's date is before this program was made");
}

const struct control_command supervisor_commands[] = {
	{"status", handle_status, false},
	{"flows", handle_by_worker, false},
	{"verify", handle_by_worker, false},
	{"reload", handle_reload, true},
	{"rotate", handle_rotate, true},
	{"rules", handle_rules, true},
	{"lists", handle_lists, false},
	{"lists-update", handle_lists_update, true},
	{"bypass", pins_handle, true},
	{"issuance-rotate", handle_issuance_rotate, true},
	{"clock-accept", handle_clock_accept, true},
	{"override", override_keeper_handle, true},
};
const size_t supervisor_command_count = sizeof supervisor_commands / sizeof supervisor_commands[0];
