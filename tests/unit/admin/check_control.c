/* The control protocol: a real server in one thread, real clients in another. */
#include "suites.h"

#include "admin/control_server.h"
#include "base/diag.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[64], path[128];

struct fixture {
	struct loop *loop;
	struct control_server *server;
	pthread_t thread;
	struct control_request *kept; /* by the command "later" */
	unsigned gone;
	struct loop_timer later;
};

static void
handle_echo(void *context, struct control_request *r, const json_t *arguments)
{
	control_answer_with(r, json_deep_copy(arguments));
}

static void
handle_refuse(void *context, struct control_request *r, const json_t *arguments)
{
	control_refuse(r, "try something else", "no %s today", "luck");
}

/* Many lines, and bytes that are no UTF-8. */
static void
handle_refuse_at_length(void *context, struct control_request *r, const json_t *arguments)
{
	static char text[10001];

	memset(text, '\n', sizeof text - 1);
	text[0] = '\xff';
	control_refuse(r, NULL, "%s", text);
}

static void
handle_count(void *context, struct control_request *r, const json_t *arguments)
{
	json_int_t to = json_integer_value(json_object_get(arguments, "to"));

	for (json_int_t i = 0; i < to; i++) {
		if (!control_send_item(r, json_integer(i)))
			return;
	}
	control_answer_with(r, json_integer(to));
}

/* More than a client that does not read can be held for. */
static void
handle_flood(void *context, struct control_request *r, const json_t *arguments)
{
	struct fixture *f = context;
	static char text[1 << 20];

	memset(text, 'x', sizeof text - 1);
	for (unsigned i = 0; i < 2 * (CONTROL_PENDING_MAX >> 20); i++) {
		if (!control_send_item(r, json_string(text))) {
			f->gone++;
			return;
		}
	}
	control_answer_with(r, json_null());
}

static void
on_gone(void *owner)
{
	struct fixture *f = owner;

	f->kept = NULL;
	f->gone++;
}

static void
on_later(struct loop_timer *timer)
{
	struct fixture *f = (struct fixture *)((char *)timer - offsetof(struct fixture, later));

	if (f->kept)
		control_answer_with(f->kept, json_string("at last"));
	f->kept = NULL;
}

static void
handle_later(void *context, struct control_request *r, const json_t *arguments)
{
	struct fixture *f = context;

	f->kept = r;
	control_request_set_owner(r, f, on_gone);
	loop_timer_arm(&f->later, 20000000);
}

static void
handle_gone(void *context, struct control_request *r, const json_t *arguments)
{
	control_answer_with(r, json_integer(((struct fixture *)context)->gone));
}

static const struct control_command commands[] = {
	{"echo", handle_echo, true},
	{"refuse", handle_refuse},
	{"refuse at length", handle_refuse_at_length},
	{"count", handle_count},
	{"flood", handle_flood},
	{"later", handle_later},
	{"gone", handle_gone},
};

static void *
serve(void *arg)
{
	loop_run(((struct fixture *)arg)->loop);
	return NULL;
}

static struct fixture *
start(uid_t owner, gid_t group)
{
	static struct fixture f;
	struct control_options options = {commands, sizeof commands / sizeof commands[0], &f, owner, group};
	int fd;

	snprintf(folder, sizeof folder, "/tmp/sluice-control-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/%s", folder, CONTROL_SOCKET_NAME);
	diag_set_level(DIAG_ERROR + 1);
	f.loop = loop_new();
	loop_timer_init(&f.later, f.loop, on_later);
	fd = control_listen(path, group);
	ck_assert_int_ge(fd, 0);
	f.server = control_server_new(f.loop, fd, &options);
	ck_assert_ptr_nonnull(f.server);
	ck_assert_int_eq(pthread_create(&f.thread, NULL, serve, &f), 0);
	return &f;
}

static void
stop(struct fixture *f)
{
	loop_stop(f->loop);
	pthread_join(f->thread, NULL);
	control_server_free(f->server);
	loop_timer_disarm(&f->later);
	loop_free(f->loop);
	unlink(path);
	rmdir(folder);
}

static struct control_answer
ask(const char *request, control_on_item *on_item, void *context)
{
	json_t *j = json_loads(request, 0, NULL);
	struct control_answer a = control_ask(path, j, 5000, on_item, context);

	json_decref(j);
	return a;
}

/* Sends raw bytes and reads all that comes back. */
static void
exchange_raw(struct slice bytes, char *answer, size_t answer_size)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	size_t got = 0;
	ssize_t n;

	strcpy(at.sun_path, path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	while (bytes.len > 0 && (n = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL)) > 0)
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	shutdown(fd, SHUT_WR);
	while (got < answer_size - 1 && (n = recv(fd, answer + got, answer_size - 1 - got, 0)) > 0)
		got += (size_t)n;
	answer[got] = '\0';
	close(fd);
}

START_TEST(question_is_answered_with_its_arguments)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct control_answer a = ask("{\"command\": \"echo\", \"x\": [1, 2]}", NULL, NULL);

	ck_assert_int_eq(a.failure, CONTROL_OK);
	ck_assert_uint_eq(json_array_size(json_object_get(a.result, "x")), 2);
	control_answer_release(&a);
	stop(f);
}
END_TEST

START_TEST(refusal_brings_the_daemons_words_and_remedy)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct control_answer a = ask("{\"command\": \"refuse\"}", NULL, NULL);

	ck_assert_int_eq(a.failure, CONTROL_REFUSED);
	ck_assert_str_eq(a.error, "no luck today");
	ck_assert_str_eq(a.remedy, "try something else");
	ck_assert_ptr_null(a.result);
	control_answer_release(&a);
	a = ask("{\"command\": \"unheard\"}", NULL, NULL);
	ck_assert_int_eq(a.failure, CONTROL_REFUSED);
	ck_assert_ptr_nonnull(strstr(a.error, "\"unheard\""));
	control_answer_release(&a);
	a = ask("{\"command\": \"refuse at length\"}", NULL, NULL);
	ck_assert_int_eq(a.failure, CONTROL_REFUSED);
	ck_assert_uint_eq(strlen(a.error), 10000 + 2);
	ck_assert_int_eq(memcmp(a.error, "\xef\xbf\xbd\n", 4), 0);
	control_answer_release(&a);
	stop(f);
}
END_TEST

struct counting {
	json_int_t next;
	json_int_t stop_at;
};

static bool
count_items(void *context, json_t *item)
{
	struct counting *c = context;

	ck_assert_int_eq(json_integer_value(item), c->next);
	c->next++;
	return c->next != c->stop_at;
}

START_TEST(items_come_in_order_before_the_result_and_may_be_stopped)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct counting c = {0, -1};
	struct control_answer a = ask("{\"command\": \"count\", \"to\": 5000}", count_items, &c);

	ck_assert_int_eq(a.failure, CONTROL_OK);
	ck_assert_int_eq(c.next, 5000);
	ck_assert_int_eq(json_integer_value(a.result), 5000);
	control_answer_release(&a);
	c = (struct counting){0, 10};
	a = ask("{\"command\": \"count\", \"to\": 5000}", count_items, &c);
	ck_assert_int_eq(a.failure, CONTROL_STOPPED);
	ck_assert_int_eq(c.next, 10);
	control_answer_release(&a);
	stop(f);
}
END_TEST

START_TEST(answer_may_come_later_and_others_are_served_meanwhile)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct control_answer a = ask("{\"command\": \"later\"}", NULL, NULL);

	ck_assert_int_eq(a.failure, CONTROL_OK);
	ck_assert_str_eq(json_string_value(a.result), "at last");
	control_answer_release(&a);
	stop(f);
}
END_TEST

START_TEST(handler_learns_that_its_client_has_gone)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	json_int_t gone = 0;

	strcpy(at.sun_path, path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(send(fd, "{\"command\":\"later\"}\n", 20, 0), 20);
	close(fd);
	for (int i = 0; i < 1000 && gone == 0; i++) {
		struct control_answer a = ask("{\"command\": \"gone\"}", NULL, NULL);

		gone = json_integer_value(a.result);
		control_answer_release(&a);
		usleep(1000);
	}
	ck_assert_int_eq(gone, 1);
	stop(f);
}
END_TEST

START_TEST(client_that_does_not_read_is_dropped_at_the_limit)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	json_int_t gone = 0;

	strcpy(at.sun_path, path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(send(fd, "{\"command\":\"flood\"}\n", 20, 0), 20);
	for (int i = 0; i < 1000 && gone == 0; i++) {
		struct control_answer a = ask("{\"command\": \"gone\"}", NULL, NULL);

		gone = json_integer_value(a.result);
		control_answer_release(&a);
		usleep(1000);
	}
	ck_assert_int_eq(gone, 1);
	close(fd);
	stop(f);
}
END_TEST

START_TEST(malformed_requests_are_refused_in_words)
{
	static const char *const requests[] = {"\n", "{}\n", "[]\n", "nonsense\n", "{\"command\": 7}\n", "\"echo\"\n",
		"{\"command\": \"echo\", \"command\": \"echo\"}\n", "{\"command\": \"echo\"} {}\n",
		"{\"command\": \"ec\\u0000ho\"}\n", "{\"command\": \"\xff\"}\n"};
	struct fixture *f = start(geteuid(), (gid_t)-1);
	char answer[1024];

	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		exchange_raw(slice_of(requests[i]), answer, sizeof answer);
		ck_assert_msg(strncmp(answer, "{\"error\":", 9) == 0, "%s: %s", requests[i], answer);
	}
	/* Cut short: nothing to answer. */
	exchange_raw(SLICE("{\"command\": \"echo\"}"), answer, sizeof answer);
	ck_assert_str_eq(answer, "");
	stop(f);
}
END_TEST

START_TEST(endless_request_is_refused_at_its_limit)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	static char bytes[CONTROL_REQUEST_MAX * 4];
	char answer[1024];

	memset(bytes, ' ', sizeof bytes);
	exchange_raw(slice_make(bytes, sizeof bytes), answer, sizeof answer);
	ck_assert_ptr_nonnull(strstr(answer, "65536 bytes"));
	stop(f);
}
END_TEST

START_TEST(more_clients_than_the_limit_are_refused_and_the_first_still_served)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fds[CONTROL_CLIENTS_MAX];
	struct control_answer a;
	char answer[256];
	ssize_t n;

	strcpy(at.sun_path, path);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		ck_assert_int_eq(connect(fds[i], (struct sockaddr *)&at, sizeof at), 0);
	}
	a = ask("{\"command\": \"echo\"}", NULL, NULL);
	ck_assert_int_eq(a.failure, CONTROL_REFUSED);
	control_answer_release(&a);
	ck_assert_int_eq(send(fds[0], "{\"command\":\"gone\"}\n", 19, 0), 19);
	n = recv(fds[0], answer, sizeof answer, 0);
	ck_assert_int_gt(n, 0);
	ck_assert_int_eq(memcmp(answer, "{\"result\":0}\n", (size_t)n), 0);
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
	stop(f);
}
END_TEST

START_TEST(strangers_are_refused_and_the_group_is_not)
{
	struct fixture *f;
	struct control_answer a;
	gid_t group = 54321;

	if (geteuid() != 0)
		return; /* becoming somebody else takes root */
	f = start(12345, group);
	/* The socket's mode keeps strangers out by itself; open it, so that the check of credentials is what refuses.
	 */
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setegid(23456), 0);
	ck_assert_int_eq(seteuid(23456), 0);
	a = ask("{\"command\": \"echo\"}", NULL, NULL);
	ck_assert_int_eq(a.failure, CONTROL_REFUSED);
	ck_assert_ptr_nonnull(strstr(a.error, "23456"));
	control_answer_release(&a);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(setgroups(1, &group), 0);
	ck_assert_int_eq(seteuid(23456), 0);
	a = ask("{\"command\": \"echo\"}", NULL, NULL);
	ck_assert_int_eq(a.failure, CONTROL_OK);
	control_answer_release(&a);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(seteuid(12345), 0);
	a = ask("{\"command\": \"echo\"}", NULL, NULL);
	ck_assert_int_eq(a.failure, CONTROL_OK);
	control_answer_release(&a);
	ck_assert_int_eq(seteuid(0), 0);
	stop(f);
}
END_TEST

START_TEST(socket_is_private_and_a_second_daemon_cannot_take_it)
{
	struct fixture *f = start(geteuid(), (gid_t)-1);
	struct stat st;
	int fd;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(control_listen(path, (gid_t)-1), -1);
	ck_assert_int_eq(errno, EADDRINUSE);
	control_server_free(f->server);
	f->server = NULL;
	/* What a dead daemon left behind is replaced. */
	fd = control_listen(path, (gid_t)-1);
	ck_assert_int_ge(fd, 0);
	close(fd);
	stop(f);
}
END_TEST

START_TEST(missing_daemon_is_said_with_its_socket_and_a_remedy)
{
	json_t *request = json_pack("{s:s}", "command", "status");
	struct control_answer a = control_ask("/nonexistent/control.sock", request, 1000, NULL, NULL);

	ck_assert_int_eq(a.failure, CONTROL_UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(a.error, "/nonexistent/control.sock"));
	ck_assert_ptr_nonnull(a.remedy);
	control_answer_release(&a);
	json_decref(request);
}
END_TEST

UNIT_SUITE(control, "control", question_is_answered_with_its_arguments, refusal_brings_the_daemons_words_and_remedy,
	items_come_in_order_before_the_result_and_may_be_stopped, answer_may_come_later_and_others_are_served_meanwhile,
	handler_learns_that_its_client_has_gone, client_that_does_not_read_is_dropped_at_the_limit,
	malformed_requests_are_refused_in_words, endless_request_is_refused_at_its_limit,
	more_clients_than_the_limit_are_refused_and_the_first_still_served, strangers_are_refused_and_the_group_is_not,
	socket_is_private_and_a_second_daemon_cannot_take_it, missing_daemon_is_said_with_its_socket_and_a_remedy)
