/* The admin process: serves /metrics and /healthz on the admin port.  It is a process of its own since the supervisor
 * reads nothing from the network, and the worker must be able to die without taking the news of it along.  It holds
 * the listening sockets that it was handed and nothing else: no secret, no file, no way to connect anywhere.  All it
 * knows it asks of the supervisor, which writes the texts.
 *
 * However many ask at the same time, one question a subject is under way; who comes meanwhile gets the answer to the
 * next one, so that everybody reads what was so after he asked.  When the supervisor does not answer, that is the
 * answer.  When it goes, so does this process. */
#include "proc/role.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "admin/exposition.h"
#include "admin/web_server.h"
#include "base/diag.h"
#include "ipc/bundle.h"
#include "ipc/channel.h"
#include "proc/admin_messages.h"
#include "proc/confine.h"

#define AREA "admin"
#define TEXT "text/plain; charset=utf-8"
/* Longer than the supervisor waits for the worker. */
#define PATIENCE_NS 5000000000u
/* Between two questions of a subject: however fast somebody asks, the supervisor has better things to do. */
#define PAUSE_NS 100000000u

struct subject {
	const char *path;
	const char *content_type;   /* of 200; others are TEXT */
	struct list_node waiting;   /* whom the next question is for */
	struct list_node asked_for; /* whom the question under way is for */
	uint32_t id;                /* of that question */
	bool is_asking;
	bool is_pausing;
	struct loop_timer timer; /* of the question, or of the pause behind it */
};

static struct {
	struct loop *loop;
	struct loop_fd channel;
	struct web_server *server;
	struct subject subjects[ADMIN_SUBJECTS];
	uint32_t last_id;
	char *buffer;
	int status;
} a = {
	.subjects =
		{
			[ADMIN_METRICS] = {.path = "/metrics", .content_type = EXPOSITION_CONTENT_TYPE},
			[ADMIN_HEALTH] = {.path = "/healthz", .content_type = TEXT},
		},
};

/* ---- questions ---- */

static void
move_all(struct list_node *from, struct list_node *to)
{
	LIST_FOR_EACH(node, following, from)
	{
		list_remove(node);
		list_push_back(to, node);
	}
}

static void
ask(struct subject *subject)
{
	uint8_t which = (uint8_t)(subject - a.subjects);

	if (subject->is_asking || subject->is_pausing || list_is_empty(&subject->waiting))
		return;
	move_all(&subject->waiting, &subject->asked_for);
	subject->is_asking = true;
	subject->id = ++a.last_id;
	loop_timer_arm(&subject->timer, PATIENCE_NS);
	/* Where it cannot be sent, time says so. */
	ipc_send(a.channel.fd, IPC_ADMIN_ASK, subject->id, slice_make(&which, sizeof which), NULL, 0);
}

static void
answered(struct subject *subject, unsigned status, struct slice text)
{
	subject->is_asking = false;
	subject->is_pausing = true;
	loop_timer_arm(&subject->timer, PAUSE_NS);
	LIST_FOR_EACH(node, following, &subject->asked_for)
	web_answer(LIST_ENTRY(node, struct web_request, waiting), status, status == 200 ? subject->content_type : TEXT,
		text);
}

static void
on_timer(struct loop_timer *timer)
{
	struct subject *subject = LIST_ENTRY(timer, struct subject, timer);

	if (subject->is_asking) {
		answered(subject, 503, SLICE("the supervisor does not answer\n"));
	} else {
		subject->is_pausing = false;
		ask(subject);
	}
}

static void
on_request(void *context, struct web_request *r, struct slice path)
{
	(void)context;
	for (int i = 0; i < ADMIN_SUBJECTS; i++) {
		struct subject *subject = &a.subjects[i];

		if (!slice_eq(path, slice_of(subject->path)))
			continue;
		list_push_back(&subject->waiting, &r->waiting);
		ask(subject);
		return;
	}
	web_answer(r, 404, TEXT, SLICE("here are /metrics and /healthz\n"));
}

/* ---- the supervisor ---- */

static void
take_answer(const struct ipc_message *m)
{
	struct slice name, text = SLICE_EMPTY;
	struct admin_answer head;
	struct bundle bundle;
	size_t at = 0;

	memcpy(&head, m->payload.ptr, sizeof head);
	if (bundle_open(&bundle, m->fds[0]) < 0)
		return; /* as if it had not come */
	bundle_next(&bundle, &at, &name, &text);
	for (int i = 0; i < ADMIN_SUBJECTS; i++)
		if (a.subjects[i].is_asking && a.subjects[i].id == m->id)
			answered(&a.subjects[i], head.status, text);
	bundle_close(&bundle);
}

static void
take_listeners(struct ipc_message *m)
{
	for (unsigned i = 0; i < m->fd_count; i++)
		if (web_server_add(a.server, m->fds[i]))
			m->fds[i] = -1;
}

static void
take_networks(const struct ipc_message *m)
{
	struct prefix networks[IPC_ADMIN_NETWORKS_MAX];
	size_t count = m->payload.len / sizeof networks[0];

	memcpy(networks, m->payload.ptr, count * sizeof networks[0]);
	if (!web_server_allow(a.server, networks, count))
		diag(DIAG_ERROR, AREA, "memory is out: only this machine may ask");
}

/* False for what is not for this process. */
static bool
handle(struct ipc_message *m)
{
	if (m->type == IPC_ADMIN_ANSWER)
		take_answer(m);
	else if (m->type == IPC_ADMIN_LISTENERS)
		take_listeners(m);
	else if (m->type == IPC_ADMIN_NETWORKS)
		take_networks(m);
	else
		return false;
	return true;
}

static void
on_channel(struct loop_fd *channel, uint32_t events)
{
	struct ipc_message m;
	int result;

	(void)events;
	while ((result = ipc_receive(channel->fd, &m, a.buffer)) == 1) {
		bool done = handle(&m);

		ipc_message_close_fds(&m);
		if (!done) {
			diag(DIAG_ERROR, AREA,
				"the supervisor sent a message of type %d, which is not for this process", (int)m.type);
			a.status = EX_PROTOCOL;
			break;
		}
	}
	if (result != -EAGAIN)
		loop_stop(a.loop);
}

/* Arguments: --role admin USER LEVEL. */
int
admin_main(int argc, char **argv)
{
	const struct web_options options = {.handle = on_request};
	uint64_t level;

	if (argc != 5 || !slice_to_u64(slice_of(argv[4]), &level))
		return EX_USAGE;
	diag_set_level((enum diag_level)level);
	role_ignore_signals();
	a.loop = loop_new();
	a.buffer = malloc(IPC_PAYLOAD_MAX);
	a.server = a.loop ? web_server_new(a.loop, &options) : NULL;
	if (a.buffer == NULL || a.server == NULL || !confine(ROLE_ADMIN, argv[3]))
		return EX_OSERR;
	for (int i = 0; i < ADMIN_SUBJECTS; i++) {
		list_init(&a.subjects[i].waiting);
		list_init(&a.subjects[i].asked_for);
		loop_timer_init(&a.subjects[i].timer, a.loop, on_timer);
	}
	loop_fd_init(&a.channel, a.loop, ROLE_CHANNEL_FD, on_channel);
	loop_fd_want(&a.channel, EPOLLIN);
	if (loop_run(a.loop))
		a.status = EX_OSERR;
	web_server_free(a.server);
	loop_free(a.loop);
	free(a.buffer);
	return a.status;
}
