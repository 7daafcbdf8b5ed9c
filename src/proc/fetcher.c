/* The fetcher: the one process that goes out on its own account: it resolves names and fetches what certificates and
 * the administrator's lists name.  It holds no secret and no client's data, opens no file once it runs, and connects
 * only where fetch/server.h allows.  When it is down nothing waits for it: whoever asks is told at once. */
#include "proc/role.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/diag.h"
#include "fetch/server.h"
#include "ipc/bundle.h"
#include "ipc/channel.h"
#include "proc/confine.h"
#include "tls/context.h"

#define AREA "fetcher"
/* How long a peer that reads slower than it asks is waited for. */
#define SEND_PATIENCE_MS 1000
/* How often the supervisor is told what was done, while something is done. */
#define COUNTS_NS UINT64_C(500000000)
/* How often it is told how far lists are, while some are fetched. */
#define PROGRESS_NS UINT64_C(250000000)

/* A line to the supervisor or to a thread of the worker. */
struct fetch_channel {
	struct list_node node;
	struct loop_fd io;
	struct loop_task drop;
	bool is_supervisor;
};

static struct {
	struct loop *loop;
	struct fetch_server *server;
	struct list_node channels;
	struct loop_timer counts_due;
	struct loop_timer progress_due;
	char *buffer; /* one message */
	int status;
} f;

static void
channel_drop(struct loop_task *task)
{
	struct fetch_channel *channel = LIST_ENTRY(task, struct fetch_channel, drop);

	fetch_server_forget(f.server, channel);
	if (channel->is_supervisor)
		loop_stop(f.loop);
	if (loop_fd_is_watched(&channel->io)) {
		close(channel->io.fd);
		loop_fd_forget(&channel->io);
	}
	loop_task_cancel(&channel->drop);
	list_remove(&channel->node);
	free(channel);
}

static void
reply(struct fetch_asker asker, struct slice answer, int fd)
{
	struct fetch_channel *channel = asker.channel;
	int error = ipc_send(channel->io.fd, IPC_FETCHED, asker.id, answer, &fd, fd >= 0 ? 1 : 0);

	if (error == -EAGAIN) {
		struct pollfd writable = {.fd = channel->io.fd, .events = POLLOUT};

		if (poll(&writable, 1, SEND_PATIENCE_MS) == 1)
			error = ipc_send(channel->io.fd, IPC_FETCHED, asker.id, answer, &fd, fd >= 0 ? 1 : 0);
	}
	if (error)
		loop_defer(f.loop, &channel->drop);
	if (f.counts_due.deadline == 0)
		loop_timer_arm(&f.counts_due, COUNTS_NS);
}

static void
on_counts_due(struct loop_timer *timer)
{
	struct fetch_counts counts = fetch_server_counts(f.server);

	(void)timer;
	ipc_send(ROLE_CHANNEL_FD, IPC_FETCH_COUNTS, 0, slice_make(&counts, sizeof counts), NULL, 0);
}

static void
tell_progress(struct fetch_asker asker, struct fetch_progress progress)
{
	const struct fetch_channel *channel = asker.channel;

	/* One that is lost is followed by another. */
	ipc_send(channel->io.fd, IPC_FETCH_PROGRESS, asker.id, slice_make(&progress, sizeof progress), NULL, 0);
}

static void
on_progress_due(struct loop_timer *timer)
{
	if (fetch_server_tell_progress(f.server, tell_progress))
		loop_timer_arm(timer, PROGRESS_NS);
}

static void channel_new(int fd, bool is_supervisor);

static void
take_settings(struct ipc_message *m)
{
	struct bundle bundle;
	int error = bundle_open(&bundle, m->fds[0]);

	if (error || !fetch_server_configure(f.server, &bundle))
		diag(DIAG_ERROR, AREA, "the settings cannot be used: %s; nothing is fetched",
			error ? strerror(-error) : "they are malformed");
	if (error == 0)
		bundle_close(&bundle);
}

/* False where the peer is not itself any more. */
static bool
handle(struct fetch_channel *channel, struct ipc_message *m)
{
	struct fetch_asker asker = {channel, m->id};

	if (m->type == IPC_FETCH && channel->is_supervisor && f.progress_due.deadline == 0)
		loop_timer_arm(&f.progress_due, PROGRESS_NS);
	if (m->type == IPC_FETCH)
		return fetch_server_ask(f.server, asker, channel->is_supervisor, m->payload);
	if (!channel->is_supervisor)
		return false;
	if (m->type == IPC_CHANNEL) {
		channel_new(m->fds[0], false);
		m->fds[0] = -1;
	} else if (m->type == IPC_FETCH_SETTINGS)
		take_settings(m);
	else
		return false;
	return true;
}

static void
on_channel(struct loop_fd *io, uint32_t events)
{
	struct fetch_channel *channel = LIST_ENTRY(io, struct fetch_channel, io);
	struct ipc_message m;
	int result;

	(void)events;
	while ((result = ipc_receive(io->fd, &m, f.buffer)) == 1) {
		bool done = handle(channel, &m);

		ipc_message_close_fds(&m);
		if (!done) {
			diag(DIAG_ERROR, AREA, "a peer sent a message that is not for the fetcher");
			break;
		}
	}
	if (result != -EAGAIN) {
		loop_fd_want(io, 0);
		loop_defer(f.loop, &channel->drop);
	}
}

static void
channel_new(int fd, bool is_supervisor)
{
	struct fetch_channel *channel = calloc(1, sizeof *channel);

	if (channel == NULL) {
		close(fd);
		return;
	}
	channel->is_supervisor = is_supervisor;
	list_push_back(&f.channels, &channel->node);
	loop_task_init(&channel->drop, channel_drop);
	loop_fd_init(&channel->io, f.loop, fd, on_channel);
	loop_fd_want(&channel->io, EPOLLIN);
}

/* Arguments: --role fetcher USER LEVEL. */
int
fetcher_main(int argc, char **argv)
{
	uint64_t level;

	if (argc != 5 || !slice_to_u64(slice_of(argv[4]), &level))
		return EX_USAGE;
	diag_set_level((enum diag_level)level);
	role_ignore_signals();
	list_init(&f.channels);
	f.loop = loop_new();
	f.buffer = malloc(IPC_PAYLOAD_MAX);
	if (f.loop == NULL || f.buffer == NULL || !tls_library_init())
		return EX_OSERR;
	loop_timer_init(&f.counts_due, f.loop, on_counts_due);
	loop_timer_init(&f.progress_due, f.loop, on_progress_due);
	f.server = fetch_server_new(f.loop, reply);
	if (f.server == NULL || !confine(ROLE_FETCHER, argv[3]))
		return EX_OSERR;
	channel_new(ROLE_CHANNEL_FD, true);
	f.status = loop_run(f.loop) ? EX_OSERR : EX_OK;
	LIST_FOR_EACH(node, following, &f.channels)
	channel_drop(&LIST_ENTRY(node, struct fetch_channel, node)->drop);
	fetch_server_free(f.server);
	loop_free(f.loop);
	free(f.buffer);
	return f.status;
}
