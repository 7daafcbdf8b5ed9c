/* The client of the control protocol.  See control.h. */
#include "admin/control.h"

#include "base/buffer.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void __attribute__((format(printf, 4, 5)))
fail(struct control_answer *a, enum control_failure failure, const char *remedy, const char *format, ...)
{
	va_list args;

	a->failure = failure;
	va_start(args, format);
	if (vasprintf(&a->error, format, args) < 0)
		a->error = NULL;
	va_end(args);
	a->remedy = remedy ? strdup(remedy) : NULL;
}

static int
connect_to(const char *path, struct control_answer *a)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd;

	if (!slice_to_cstr(slice_of(path), at.sun_path, sizeof at.sun_path)) {
		fail(a, CONTROL_UNREACHABLE, "choose a shorter run_dir", "%s: longer than a socket's name may be",
			path);
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		fail(a, CONTROL_FORBIDDEN, "run it as root, or as the daemon's user", "%s: %s", path, strerror(errno));
	else if (errno == ENOENT || errno == ECONNREFUSED)
		fail(a, CONTROL_UNREACHABLE, "start sluiced, or name its configuration with -c",
			"no daemon answers at %s: %s", path, strerror(errno));
	else
		fail(a, CONTROL_UNREACHABLE, NULL, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool
send_request(int fd, const json_t *request, struct control_answer *a)
{
	char *text = json_dumps(request, JSON_COMPACT);
	size_t len = text ? strlen(text) : 0, sent = 0;
	bool done = false;

	if (text == NULL || len + 1 > CONTROL_REQUEST_MAX) {
		fail(a, CONTROL_REFUSED, NULL, "the request is too long");
		goto out;
	}
	text[len++] = '\n'; /* in place of the NUL */
	while (sent < len) {
		ssize_t n = send(fd, text + sent, len - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		/* A daemon that refused at once may have closed already; its words can still be read. */
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	done = true;
out:
	free(text);
	return done;
}

/* Waits for bytes and reads them: 1, 0 at the end, or -1 with the failure said. */
static int
read_more(int fd, struct buffer *in, int timeout_ms, struct control_answer *a)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	int ready = poll(&wait, 1, timeout_ms > 0 ? timeout_ms : -1);
	char *to;
	ssize_t n;

	if (ready < 0 && errno == EINTR)
		return 1;
	if (ready == 0) {
		fail(a, CONTROL_BROKEN, NULL, "the daemon did not answer within %d s", timeout_ms / 1000);
		return -1;
	}
	to = buffer_reserve(in, 65536);
	if (to == NULL) {
		fail(a, CONTROL_BROKEN, NULL, "the daemon's answer is too long");
		return -1;
	}
	n = recv(fd, to, 65536, 0);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n < 0) {
		fail(a, CONTROL_BROKEN, NULL, "reading the daemon's answer: %s", strerror(errno));
		return -1;
	}
	buffer_commit(in, (size_t)n);
	return n > 0;
}

/* One line of the answer: true where more are to come. */
static bool
take_line(struct slice text, control_on_item *on_item, void *context, struct control_answer *a)
{
	json_t *line = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	json_t *item = json_object_get(line, "item"), *result = json_object_get(line, "result");
	const char *error = json_string_value(json_object_get(line, "error"));
	bool more = false;

	if (item) {
		more = on_item == NULL || on_item(context, item);
		if (!more)
			a->failure = CONTROL_STOPPED;
	} else if (result) {
		a->failure = CONTROL_OK;
		a->result = json_incref(result);
	} else if (error) {
		fail(a, CONTROL_REFUSED, json_string_value(json_object_get(line, "remedy")), "%s", error);
	} else {
		fail(a, CONTROL_BROKEN, "use the sluicectl of the same version", "the daemon answered with nonsense");
	}
	json_decref(line);
	return more;
}

static void
read_answer(int fd, int timeout_ms, control_on_item *on_item, void *context, struct control_answer *a)
{
	struct buffer in = buffer_make(CONTROL_LINE_MAX);
	size_t searched = 0;
	bool more = true;

	while (more) {
		struct slice held = buffer_slice(&in);
		size_t end = searched + slice_find(slice_sub(held, searched, held.len), '\n');

		if (end < held.len) {
			more = take_line(slice_sub(held, 0, end), on_item, context, a);
			buffer_consume(&in, end + 1);
			searched = 0;
			continue;
		}
		searched = held.len;
		switch (read_more(fd, &in, timeout_ms, a)) {
		case 0:
			fail(a, CONTROL_BROKEN, "look into the daemon's log",
				"the daemon closed before it had answered");
			more = false;
			break;
		case -1:
			more = false;
			break;
		}
	}
	buffer_release(&in);
}

struct control_answer
control_ask(const char *path, const json_t *request, int timeout_ms, control_on_item *on_item, void *context)
{
	struct control_answer a = {.failure = CONTROL_BROKEN};
	int fd = connect_to(path, &a);

	if (fd < 0)
		return a;
	if (send_request(fd, request, &a))
		read_answer(fd, timeout_ms, on_item, context, &a);
	close(fd);
	return a;
}

void
control_answer_release(struct control_answer *a)
{
	json_decref(a->result);
	free(a->error);
	free(a->remedy);
	*a = (struct control_answer){0};
}
