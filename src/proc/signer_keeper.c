/* The supervisor's side of the signer.  See signer_keeper.h. */
#include "proc/signer_keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "ipc/channel.h"
#include "proc/reload.h"
#include "proc/worker_keeper.h"

#define AREA "supervisor"
#define RETRY_NS 1000000000u

void
signer_keeper_begin(struct supervisor *s)
{
	const struct conf *conf = s->configuration.conf;
	char level[8], folder[4096];
	const char *const arguments[] = {conf->user ? conf->user : "", folder, conf->tls.ca_name, level, NULL};
	int error;

	snprintf(folder, sizeof folder, "%s/ca", conf->state_dir);
	snprintf(level, sizeof level, "%d", (int)conf->log.level);
	error = child_start(&s->signer, arguments);
	if (error) {
		diag(DIAG_ERROR, AREA, "the signer cannot be started: %s", strerror(-error));
		loop_timer_arm(&s->restart_signer, RETRY_NS);
		return;
	}
	loop_fd_init(&s->signer_channel, s->loop, s->signer.channel, s->signer_channel.on_event);
	loop_fd_want(&s->signer_channel, EPOLLIN);
}

static void
on_signer_message(struct loop_fd *channel, uint32_t events)
{
	struct supervisor *s = LIST_ENTRY(channel, struct supervisor, signer_channel);
	struct ipc_message m;
	int result;

	(void)events;
	while (loop_fd_is_watched(channel) && (result = ipc_receive(channel->fd, &m, s->buffer)) != -EAGAIN) {
		if (result != 1) {
			loop_fd_forget(channel);
			child_signal(&s->signer, SIGKILL);
			return;
		}
		ipc_message_close_fds(&m);
		if (m.type == IPC_ISSUANCE_LOG_TAKEN)
			issuance_rotation_taken(&s->issuance, m.payload.ptr[0] == 1);
		if (m.type != IPC_CA)
			continue;
		buffer_clear(&s->issuers);
		buffer_append(&s->issuers, m.payload);
		s->ca_written = reload_ca_written(s);
		/* At the start the worker waits for the signer; later it only lost its channel.  It knows the issuers
		 * before their leaves come. */
		if (s->worker.pid == 0)
			worker_keeper_begin(s);
		else if (!reload_send(s, &s->configuration) || !worker_keeper_connect_signer(s))
			child_signal(&s->worker, SIGKILL); /* a new one gets everything anew */
	}
}

void
signer_keeper_ended(struct supervisor *s, int status)
{
	uint64_t delay = child_ended(&s->signer, status);

	loop_fd_forget(&s->signer_channel);
	issuance_rotation_signer_ended(&s->issuance);
	if (s->is_stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_CONFIG && buffer_len(&s->issuers) == 0) {
		supervisor_stop(s, EX_CONFIG); /* it said why */
		return;
	}
	loop_timer_arm(&s->restart_signer, delay);
}

static void
on_restart_signer(struct loop_timer *timer)
{
	signer_keeper_begin(LIST_ENTRY(timer, struct supervisor, restart_signer));
}

void
signer_keeper_init(struct supervisor *s)
{
	child_init(&s->signer, ROLE_SIGNER);
	s->signer_channel.on_event = on_signer_message;
	loop_timer_init(&s->restart_signer, s->loop, on_restart_signer);
}
