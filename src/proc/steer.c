/* Listeners and kernel rules out of the configuration.  See steer.h. */
#include "proc/steer.h"

#include <pwd.h>
#include <string.h>

#include "intercept/listener.h"
#include "proc/report.h"

#define AREA "steer"
#define NO_INTERFACE "sluice-drains"

bool
steer_describe(const struct conf *conf, struct steering *steering, struct problems *problems)
{
	const struct passwd *pw = conf->user ? getpwnam(conf->user) : NULL;

	*steering = steering_default();
	steering->method = conf->gateway.steer == CONF_STEER_TPROXY ? STEERING_TPROXY : STEERING_REDIRECT;
	steering->on_failure = conf->gateway.on_failure == CONF_ON_FAILURE_CLOSED ? STEERING_CLOSED : STEERING_OPEN;
	steering->local = conf->gateway.local;
	steering->redirect_port = conf->gateway.redirect_port;
	steering->tproxy_port = conf->gateway.tproxy_port;
	steering->interface_count = 0;
	steering->port_count = 0;
	if (pw == NULL)
		pw = getpwnam("nobody");
	steering->has_proxy_uid = pw != NULL && pw->pw_uid != 0;
	steering->proxy_uid = steering->has_proxy_uid ? pw->pw_uid : 0;
	for (size_t i = 0; i < conf->gateway.interface.count; i++)
		if (!steering_add_interface(steering, slice_of(conf->gateway.interface.items[i]))) {
			problems_add(problems, false, NULL, 0, 0,
				"names have 15 characters at most, and there may be 32",
				"the interface \"%s\" cannot be used", conf->gateway.interface.items[i]);
			return false;
		}
	for (size_t i = 0; i < conf->gateway.exclude.count; i++)
		if (!steering_add_exclude(steering, &conf->gateway.exclude.items[i])) {
			problems_add(problems, false, NULL, 0, 0, "name wider ones",
				"there are too many excluded destinations");
			return false;
		}
	steering->anywhere = steering->interface_count == 0 && !steering->local;
	if (conf->gateway.mark)
		steering->own_mark = conf->gateway.mark;
	for (size_t i = 0; i < conf->gateway.ports.count; i++)
		steering_add_port(steering, conf->gateway.ports.items[i]);
	return steering_check(steering, problems);
}

static bool
open_one(const struct original_dst_way *way, const struct listener_options *options, unsigned thread,
	struct held_listener *listeners, unsigned *count, struct problems *problems)
{
	struct listener listener;

	if (!listener_open(&listener, way, options, problems))
		return false;
	for (size_t i = 0; i < listener.count; i++) {
		if (*count == SUPERVISOR_LISTENERS_MAX) {
			problems_add(
				problems, false, NULL, 0, 0, "configure fewer threads", "too many listening sockets");
			listener_close(&listener);
			return false;
		}
		listeners[(*count)++] = (struct held_listener){listener.fds[i], way, thread};
	}
	return true;
}

bool
steer_open_listeners(const struct conf *conf, unsigned thread, struct held_listener *listeners, unsigned *count,
	struct problems *problems)
{
	static const struct addr anywhere;
	bool is_tproxy = conf->gateway.steer == CONF_STEER_TPROXY;
	bool is_anywhere = addr_eq(&conf->gateway.listen, &anywhere);
	struct listener_options options = {
		.at = is_anywhere ? NULL : &conf->gateway.listen,
		.port = is_tproxy ? conf->gateway.tproxy_port : conf->gateway.redirect_port,
		.reuse_port = true,
	};

	if (!open_one(is_tproxy ? &original_dst_tproxy : &original_dst_redirect, &options, thread, listeners, count,
		    problems))
		return false;
	/* The gateway's own connections always come by redirect. */
	if (is_tproxy && conf->gateway.local) {
		options.port = conf->gateway.redirect_port;
		return open_one(&original_dst_redirect, &options, thread, listeners, count, problems);
	}
	return true;
}

/* ---- rules ---- */

bool
steer_prepare(struct supervisor *s)
{
	struct problems problems = {0};

	if (!s->configuration.conf->gateway.install_rules)
		return true;
	s->rules = ruleset_open(&problems);
	report_problems(AREA, &problems);
	return s->rules != NULL;
}

bool
steer_start(struct supervisor *s)
{
	struct problems problems = {0};
	bool done;

	done = steer_describe(s->configuration.conf, &s->steering, &problems) &&
	       ruleset_install(s->rules, &s->steering, &problems);
	s->rules_stand = done;
	report_problems(AREA, &problems);
	return done;
}

bool
steer_install(struct supervisor *s)
{
	struct problems problems = {0};

	if (s->rules == NULL)
		s->rules = ruleset_open(&problems);
	report_problems(AREA, &problems);
	if (s->rules == NULL)
		return false;
	if (s->rules_stand ? !steer_update(s) : !steer_start(s))
		return false;
	steer_keepalive(s);
	supervisor_keep_alive(s);
	return true;
}

bool
steer_update(struct supervisor *s)
{
	struct problems problems = {0};
	struct steering wanted;
	bool done;

	done = steer_describe(s->configuration.conf, &wanted, &problems) &&
	       ruleset_install(s->rules, &wanted, &problems);
	if (done)
		s->steering = wanted;
	report_problems(AREA, &problems);
	return done;
}

void
steer_keepalive(struct supervisor *s)
{
	int error = ruleset_keepalive(s->rules);

	if (error)
		diag(DIAG_WARNING, AREA, "the kernel rules could not be refreshed: %s", strerror(-error));
}

void
steer_quiesce(struct supervisor *s)
{
	struct problems problems = {0};
	struct steering nothing = s->steering;

	if (!s->rules_stand)
		return;
	/* The same rules, for an interface that nobody has. */
	nothing.interface_count = 0;
	nothing.local = nothing.anywhere = false;
	steering_add_interface(&nothing, slice_of(NO_INTERFACE));
	if (!ruleset_install(s->rules, &nothing, &problems))
		steer_stop(s);
	report_problems(AREA, &problems);
}

void
steer_stop(struct supervisor *s)
{
	struct problems problems = {0};

	if (s->rules == NULL)
		return;
	if (s->rules_stand)
		ruleset_remove(s->rules, &s->steering, &problems);
	report_problems(AREA, &problems);
	ruleset_close(s->rules);
	s->rules = NULL;
	s->rules_stand = false;
}
