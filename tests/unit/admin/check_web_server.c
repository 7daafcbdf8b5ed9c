/* The admin port's web server: real clients over loopback, in the loop's own thread. */
#include "suites.h"

#include "admin/web_server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	struct loop *loop;
	struct web_server *server;
	struct endpoint at;
	struct list_node kept;
	unsigned asked;
} f;

static char large[200000];

static void
handle(void *context, struct web_request *r, struct slice path)
{
	(void)context;
	f.asked++;
	if (slice_eq(path, SLICE("/later")))
		list_push_back(&f.kept, &r->waiting);
	else if (slice_eq(path, SLICE("/large")))
		web_answer(r, 200, "text/plain", slice_make(large, sizeof large));
	else if (slice_eq(path, SLICE("/empty")))
		web_answer(r, 200, "text/plain", SLICE_EMPTY);
	else if (slice_eq(path, SLICE("/ok")))
		web_answer(r, 200, "text/plain", SLICE("fine\n"));
	else
		web_answer(r, 404, "text/plain", SLICE("no\n"));
}

static struct web_server *
listen_at(const char *address)
{
	const struct web_options options = {.handle = handle};
	struct problems problems = {0};
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;
	int fd;

	f.asked = 0;
	list_init(&f.kept);
	memset(large, 'x', sizeof large);
	ck_assert(endpoint_parse(slice_of(address), &f.at));
	f.at.port = 0;
	fd = web_listen(&f.at, &problems);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	ck_assert(endpoint_from_sockaddr((const struct sockaddr *)&sa, &f.at));
	f.loop = loop_new();
	f.server = web_server_new(f.loop, &options);
	ck_assert(web_server_add(f.server, fd));
	return f.server;
}

static void
stop(void)
{
	web_server_free(f.server);
	loop_turn(f.loop, 0);
	loop_free(f.loop);
}

static int
dial(void)
{
	struct sockaddr_storage sa;
	socklen_t len = endpoint_to_sockaddr(&f.at, &sa);
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&sa, len), 0);
	return fd;
}

static void
say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Lets the server work until `fd` holds the text `end` behind what was there, or its end.  Returns all that came. */
static const char *
hear(int fd, const char *end)
{
	static char text[sizeof large + 4096];
	size_t len = 0;

	for (unsigned turns = 0; turns < 2000; turns++) {
		ssize_t n;

		loop_turn(f.loop, 5);
		while ((n = recv(fd, text + len, sizeof text - 1 - len, MSG_DONTWAIT)) > 0)
			len += (size_t)n;
		text[len] = '\0';
		if (n == 0 || (n < 0 && errno != EAGAIN) || (end && strstr(text, end)))
			return text;
	}
	ck_abort_msg("nothing came but \"%.200s\"", text);
}

static void
assert_begins(const char *text, const char *begin)
{
	ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0, "have \"%.300s\", want \"%s\"", text, begin);
}

static bool
is_closed(int fd)
{
	struct pollfd p = {fd, POLLIN | POLLRDHUP, 0};
	char byte;

	return poll(&p, 1, 0) == 1 && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0 && errno != EAGAIN;
}

START_TEST(requests_follow_one_another_on_a_connection)
{
	const char *text;
	int fd;

	listen_at(_i ? "[::1]:1" : "127.0.0.1:1");
	fd = dial();
	for (unsigned i = 0; i < 3; i++) {
		say(fd, "GET /ok?x=1 HTTP/1.1\r\nHost: a\r\n\r\n");
		text = hear(fd, "fine\n");
		assert_begins(text, "HTTP/1.1 200 OK\r\n");
		ck_assert_ptr_nonnull(strstr(text, "\r\nContent-Length: 5\r\n"));
		ck_assert_ptr_nonnull(strstr(text, "\r\ncontent-type: text/plain\r\n"));
		ck_assert_ptr_nonnull(strstr(text, "\r\ncache-control: no-store\r\n"));
		ck_assert_ptr_nonnull(strstr(text, " GMT\r\n"));
	}
	say(fd, "GET /ok HTTP/1.1\r\nHost: a\r\n\r\nHEAD /ok HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: "
		"a\r\nConnection: "
		"close\r\n\r\n");
	text = hear(fd, NULL);
	text = strstr(text, "fine\n");
	ck_assert_ptr_nonnull(text);
	assert_begins(text + 5, "HTTP/1.1 200 OK\r\n");
	ck_assert_ptr_null(strstr(text + 5, "fine")); /* HEAD */
	ck_assert_ptr_nonnull(strstr(text + 5, "Content-Length: 5\r\n"));
	ck_assert_ptr_nonnull(strstr(text + 5, "HTTP/1.1 404 Not Found\r\n"));
	ck_assert_uint_eq(f.asked, 6);
	close(fd);
	stop();
}
END_TEST

START_TEST(others_are_refused_in_form)
{
	static const struct {
		const char *request, *status;
	} cases[] = {
		{"POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 405 "},
		{"POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\nabc", "HTTP/1.1 405 "},
		{"DELETE /ok HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 "},
		{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405 "},
		{"get /ok HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 501 "},
		{"GET /ok HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /ok\r\n\r\n", "HTTP/1.1 400 "},
		{"GET  /ok HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /ok HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 "},
		{"GET /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 400 "},
		{"GET /ok HTTP/3.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505 "},
		{"\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n", "HTTP/1.1 400 "},
	};
	char many[WEB_HEAD_MAX + 100] = "GET /ok HTTP/1.1\r\nHost: a\r\nX: ";
	int fd;

	listen_at("127.0.0.1:1");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		fd = dial();
		say(fd, cases[i].request);
		shutdown(fd, SHUT_WR);
		assert_begins(hear(fd, NULL), cases[i].status);
		close(fd);
	}
	ck_assert_uint_eq(f.asked, 0);
	/* Too long, without an end. */
	memset(many + strlen(many), 'x', sizeof many - 1 - strlen(many));
	fd = dial();
	say(fd, many);
	assert_begins(hear(fd, "\r\n\r\n"), "HTTP/1.1 431 ");
	close(fd);
	/* The next one is served as if nothing had been. */
	fd = dial();
	say(fd, "GET /ok HTTP/1.0\r\n\r\n");
	assert_begins(hear(fd, NULL), "HTTP/1.1 200 ");
	close(fd);
	stop();
}
END_TEST

START_TEST(allowed_methods_are_named)
{
	int fd;

	listen_at("127.0.0.1:1");
	fd = dial();
	say(fd, "PUT /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	ck_assert_ptr_nonnull(strstr(hear(fd, "served\n"), "\r\nAllow: GET, HEAD\r\n"));
	close(fd);
	stop();
}
END_TEST

START_TEST(large_and_empty_answers_arrive_whole)
{
	const char *text;
	int fd;

	listen_at("127.0.0.1:1");
	fd = dial();
	say(fd, "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	text = hear(fd, NULL);
	assert_begins(text, "HTTP/1.1 200 OK\r\n");
	text = strstr(text, "\r\n\r\n") + 4;
	ck_assert_uint_eq(strspn(text, "x"), sizeof large);
	assert_begins(text + sizeof large, "HTTP/1.1 200 OK\r\n");
	ck_assert_ptr_nonnull(strstr(text, "Content-Length: 0\r\n"));
	close(fd);
	stop();
}
END_TEST

START_TEST(request_whose_client_went_is_taken_out_of_its_list)
{
	struct linger reset = {1, 0};
	int stays, goes;

	listen_at("127.0.0.1:1");
	stays = dial();
	goes = dial();
	say(stays, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
	say(goes, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
	while (f.asked < 2)
		loop_turn(f.loop, 5);
	setsockopt(goes, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(goes);
	for (unsigned i = 0; i < 1000 && f.kept.next->next != &f.kept; i++)
		loop_turn(f.loop, 5);
	ck_assert_ptr_eq(f.kept.next->next, &f.kept); /* one is left */
	web_answer(LIST_ENTRY(f.kept.next, struct web_request, waiting), 503, "text/plain", SLICE("not now\n"));
	ck_assert(list_is_empty(&f.kept));
	assert_begins(hear(stays, "not now\n"), "HTTP/1.1 503 Service Unavailable\r\n");
	close(stays);
	stop();
}
END_TEST

START_TEST(newcomer_gets_the_place_of_the_quietest)
{
	int held[WEB_CONNECTIONS_MAX], fd;

	listen_at("127.0.0.1:1");
	for (unsigned i = 0; i < WEB_CONNECTIONS_MAX; i++) {
		held[i] = dial();
		/* Slow with their requests, but for the first one, whose answer is on its way. */
		say(held[i], i ? "GET /ok HTTP/1.1\r\nHo" : "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
		loop_turn(f.loop, 5);
		loop_turn(f.loop, 5);
	}
	ck_assert_uint_eq(f.asked, 1);
	fd = dial();
	say(fd, "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_begins(hear(fd, "fine\n"), "HTTP/1.1 200 ");
	ck_assert(!is_closed(held[0]));
	ck_assert(is_closed(held[1]));
	ck_assert(!is_closed(held[2]));
	for (unsigned i = 0; i < WEB_CONNECTIONS_MAX; i++)
		close(held[i]);
	close(fd);
	stop();
	ck_assert(list_is_empty(&f.kept));
}
END_TEST

START_TEST(port_that_is_taken_is_told_with_its_remedy)
{
	struct problems problems = {0};

	listen_at("127.0.0.1:1");
	ck_assert_int_eq(web_listen(&f.at, &problems), -1);
	ck_assert_uint_eq(problems.errors, 1);
	ck_assert_ptr_nonnull(strstr(problems.items[0].text, "the admin port 127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(problems.items[0].remedy, "admin { listen }"));
	problems_release(&problems);
	stop();
}
END_TEST

Suite *
web_server_suite(void)
{
	Suite *suite = suite_create("web server");
	TCase *tcase = tcase_create("web server");

	tcase_add_loop_test(tcase, requests_follow_one_another_on_a_connection, 0, 2);
	tcase_add_test(tcase, others_are_refused_in_form);
	tcase_add_test(tcase, allowed_methods_are_named);
	tcase_add_test(tcase, large_and_empty_answers_arrive_whole);
	tcase_add_test(tcase, request_whose_client_went_is_taken_out_of_its_list);
	tcase_add_test(tcase, newcomer_gets_the_place_of_the_quietest);
	tcase_add_test(tcase, port_that_is_taken_is_told_with_its_remedy);
	suite_add_tcase(suite, tcase);
	return suite;
}
