/* Configurations on their way to the worker.  See reload.h. */
#include "proc/reload.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/check.h"
#include "proc/notify.h"
#include "proc/report.h"
#include "proc/steer.h"

#define AREA "supervisor"

bool
reload_send(struct supervisor *s, const struct gathered *g)
{
	struct problems problems = {0};
	int fds[2], error;
	bool gathered = gather_bundle(g, buffer_slice(&s->issuers), &fds[0], &fds[1], &problems);

	report_problems("conf", &problems);
	if (!gathered)
		return false;
	error = ipc_send(s->worker.channel, IPC_CONFIGURE, ++s->generation, SLICE_EMPTY, fds, fds[1] >= 0 ? 2 : 1);
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
	if (error)
		diag(DIAG_ERROR, AREA, "the worker cannot be configured: %s", strerror(-error));
	return error == 0;
}

struct timespec
reload_ca_written(const struct supervisor *s)
{
	char path[4096];
	struct stat st = {0};

	snprintf(path, sizeof path, "%s/ca/ca.crt", s->configuration.conf->state_dir);
	stat(path, &st);
	return st.st_mtim;
}

/* A signer has no files once it runs: another CA is for another signer.  Leaves that are known are served meanwhile. */
static void
renew_signer(struct supervisor *s)
{
	struct timespec written = reload_ca_written(s);

	if (written.tv_sec == s->ca_written.tv_sec && written.tv_nsec == s->ca_written.tv_nsec)
		return;
	diag(DIAG_INFO, AREA, "the CA was changed: a new signer takes it over");
	child_signal(&s->signer, SIGKILL);
}

static void
reload_request_is_gone(void *owner)
{
	struct supervisor *s = owner;

	s->reload_request = NULL;
}

static void
reload_done(struct supervisor *s, const char *mistakes)
{
	struct control_request *request = s->reload_request;

	s->is_reloading = false;
	s->reload_request = NULL;
	notify_service_manager("READY=1");
	list_updates_forget_reload(&s->lists);
	s->reloads.last_was_refused = mistakes != NULL;
	if (mistakes) {
		s->reloads.refused++;
		diag(DIAG_ERROR, "conf", "the new configuration was refused, the old one stays:\n%s", mistakes);
		gathered_release(&s->reload);
		if (request)
			control_refuse(request, "correct it and reload again; the old configuration stays in force",
				"%s", mistakes);
		return;
	}
	s->reloads.taken++;
	s->reloads.taken_at = clock_realtime_ns();
	group_files_pause(&s->groups);
	gathered_release(&s->configuration);
	s->configuration = s->reload;
	s->reload = (struct gathered){0};
	user_files_watch(&s->users, s->configuration.conf);
	group_files_watch(&s->groups, &s->configuration);
	diag_set_level(s->configuration.conf->log.level);
	fetches_reconfigure(&s->fetches);
	admin_keeper_reconfigure(s);
	list_updates_configure(&s->lists);
	if (s->rules_stand && !steer_update(s))
		diag(DIAG_ERROR, AREA, "the kernel rules could not be changed; the old ones stay");
	diag(DIAG_INFO, "conf", "generation %u is in force", s->generation);
	renew_signer(s);
	if (request)
		control_answer_with(request, json_pack("{s:i}", "generation", (int)s->generation));
}

void
supervisor_reload(struct supervisor *s, struct control_request *request)
{
	struct problems problems = {0};

	if (s->is_reloading || !s->worker_is_ready) {
		if (request)
			control_refuse(request, "ask again in a moment", "%s",
				s->is_reloading ? "a reload is under way" : "the worker is not ready");
		return;
	}
	notify_service_manager("RELOADING=1");
	s->is_reloading = true;
	s->reload_request = request;
	if (request)
		control_request_set_owner(request, s, reload_request_is_gone);
	if (!gather_configuration(s->config_path, &s->reload, &problems)) {
		struct buffer text = buffer_make(65536);

		check_write_problems(&problems, &text);
		buffer_append(&text, slice_make("", 1));
		reload_done(s, buffer_len(&text) > 1 ? buffer_slice(&text).ptr : "it cannot be read");
		buffer_release(&text);
		problems_release(&problems);
		return;
	}
	conf_warn_restart(s->configuration.conf, s->reload.conf, &problems);
	report_problems("conf", &problems);
	list_updates_prepare_reload(&s->lists);
}

void
supervisor_send_reload(struct supervisor *s)
{
	s->reload.lists_are_compiled = true;
	if (!reload_send(s, &s->reload))
		reload_done(s, "it could not be handed to the worker");
}

uint32_t
supervisor_send_again(struct supervisor *s)
{
	return s->worker_is_ready && reload_send(s, &s->configuration) ? s->generation : 0;
}

void
reload_answered(struct supervisor *s, const struct ipc_message *m)
{
	char mistakes[8192];

	slice_to_cstr(slice_sub(m->payload, 0, sizeof mistakes - 1), mistakes, sizeof mistakes);
	if (list_updates_configured(&s->lists, m->id, m->payload.len ? mistakes : NULL) ||
		group_files_configured(&s->groups, m->id, m->payload.len ? mistakes : NULL))
		return;
	if (m->payload.len == 0) {
		if (s->is_reloading)
			reload_done(s, NULL);
		return;
	}
	if (s->is_reloading) {
		reload_done(s, mistakes);
		return;
	}
	diag(DIAG_ERROR, "conf", "the configuration was refused:\n%s", mistakes);
	supervisor_stop(s, EX_CONFIG);
}

void
reload_worker_ended(struct supervisor *s)
{
	if (s->is_reloading)
		reload_done(s, "the worker ended while it was reading it");
}
