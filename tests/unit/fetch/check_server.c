/* The fetcher's work against a real HTTP server on the loopback: a thread that answers from a table of paths. */
#include "suites.h"

#include "fetch/server.h"
#include "ipc/bundle.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	int listener;
	unsigned port;
	_Atomic unsigned requests;
	pthread_t thread;
} origin;

static struct {
	unsigned answers;
	struct fetch_answer answer;
	char bytes[FETCH_ANSWER_MAX];
	char file[64];
	size_t file_bytes;
	uint32_t id;
} got;

static struct loop *loop;
static struct fetch_server *server;

static void
answer_request(int fd, const char *request)
{
	char text[1024];

	if (strstr(request, "GET /list "))
		snprintf(text, sizeof text,
			"HTTP/1.1 200 OK\r\nETag: \"one\"\r\nLast-Modified: then\r\nContent-Length: 4\r\n\r\nlist");
	else if (strstr(request, "GET /known ") && strstr(request, "If-None-Match: \"one\"\r\n"))
		snprintf(text, sizeof text, "HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n");
	else if (strstr(request, "GET /hop"))
		snprintf(text, sizeof text, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
			strstr(request, "/hop5 ")       ? "/list"
			: strstr(request, "/hop4 ")     ? "/hop5"
			: strstr(request, "/hop3 ")     ? "/hop4"
			: strstr(request, "/hop2 ")     ? "/hop3"
			: strstr(request, "/hop1 ")     ? "/hop2"
			: strstr(request, "/hop0 ")     ? "/hop1"
			: strstr(request, "/hop-file ") ? "file:///etc/passwd"
							: "gopher://127.0.0.1/");
	else
		snprintf(text, sizeof text, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	ck_assert(write(fd, text, strlen(text)) > 0);
}

static void *
serve(void *unused)
{
	char request[4096];

	(void)unused;
	for (;;) {
		int fd = accept(origin.listener, NULL, NULL);
		ssize_t n;

		if (fd < 0)
			return NULL;
		n = read(fd, request, sizeof request - 1);
		if (n > 0) {
			request[n] = '\0';
			origin.requests++;
			answer_request(fd, request);
		}
		close(fd);
	}
}

static void
on_reply(struct fetch_asker asker, struct slice answer, int fd)
{
	struct stat st;

	got.answers++;
	got.id = asker.id;
	memcpy(got.bytes, answer.ptr, answer.len);
	ck_assert(fetch_answer_decode(slice_make(got.bytes, answer.len), &got.answer));
	got.file_bytes = 0;
	if (fd >= 0 && fstat(fd, &st) == 0) {
		got.file_bytes = (size_t)st.st_size;
		ck_assert(pread(fd, got.file, sizeof got.file, 0) >= 0);
		ck_assert_int_lt(ftruncate(fd, 0), 0); /* sealed */
	}
}

static void
set_up(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof at;
	struct bundle_writer w;
	struct bundle bundle;
	int fd;

	origin.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(origin.listener, (struct sockaddr *)&at, sizeof at), 0);
	ck_assert_int_eq(listen(origin.listener, 64), 0);
	ck_assert_int_eq(getsockname(origin.listener, (struct sockaddr *)&at, &len), 0);
	origin.port = ntohs(at.sin_port);
	ck_assert_int_eq(pthread_create(&origin.thread, NULL, serve, NULL), 0);
	loop = loop_new();
	server = fetch_server_new(loop, on_reply);
	ck_assert_ptr_nonnull(server);
	bundle_begin(&w);
	bundle_add(&w, SLICE(FETCH_BLOB_HOSTS), SLICE("127.0.0.1 lists.example here.example\n1.1.1.1 here.example\n"));
	bundle_add(&w, SLICE(FETCH_BLOB_RESOLV_CONF), SLICE("nameserver 127.0.0.1\n"));
	fd = bundle_seal(&w);
	ck_assert_int_eq(bundle_open(&bundle, fd), 0);
	ck_assert(fetch_server_configure(server, &bundle));
	bundle_close(&bundle);
	close(fd);
}

static void
tear_down(void)
{
	shutdown(origin.listener, SHUT_RDWR);
	pthread_join(origin.thread, NULL);
	close(origin.listener);
	fetch_server_free(server);
	loop_free(loop);
}

static bool
ask(uint32_t id, enum fetch_kind kind, const char *target, const char *etag)
{
	struct fetch_question question = {kind, slice_of(target), slice_of(etag), SLICE_EMPTY};
	struct buffer wire = buffer_make(FETCH_QUESTION_MAX);
	bool done = fetch_question_encode(&question, &wire) &&
		    fetch_server_ask(server, (struct fetch_asker){&got, id}, true, buffer_slice(&wire));

	buffer_release(&wire);
	return done;
}

/* Runs the loop until so many answers have come. */
static void
wait_answers(unsigned count)
{
	while (got.answers < count)
		ck_assert_int_ge(loop_turn(loop, 30000), 0);
}

static enum fetch_status
ask_and_wait(enum fetch_kind kind, const char *path, const char *etag)
{
	char url[256];

	snprintf(url, sizeof url, "http://lists.example:%u%s", origin.port, path);
	got.answers = 0;
	ck_assert(ask(1, kind, path[0] == '/' ? url : path, etag));
	ck_assert_uint_eq(got.answers, 0); /* never from within the question */
	wait_answers(1);
	return got.answer.status;
}

START_TEST(a_list_comes_with_its_validators_in_a_sealed_file)
{
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/list", NULL), FETCH_OK);
	ck_assert_uint_eq(got.file_bytes, 4);
	ck_assert_int_eq(memcmp(got.file, "list", 4), 0);
	assert_slice(got.answer.etag, "\"one\"");
	assert_slice(got.answer.last_modified, "then");
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/known", "\"one\""), FETCH_NOT_MODIFIED);
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/known", "\"two\""), FETCH_FAILED);
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/absent", NULL), FETCH_FAILED);
	ck_assert(slice_find_slice(got.answer.error, SLICE("404")) < got.answer.error.len);
}
END_TEST

START_TEST(a_list_is_followed_over_five_redirects_to_http_only)
{
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/hop1", NULL), FETCH_OK);
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/hop0", NULL), FETCH_FAILED);
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/hop-file", NULL), FETCH_REFUSED);
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/hop-gopher", NULL), FETCH_REFUSED);
}
END_TEST

START_TEST(equal_questions_are_one_request)
{
	char url[256];

	snprintf(url, sizeof url, "http://lists.example:%u/list", origin.port);
	got.answers = 0;
	origin.requests = 0;
	for (uint32_t i = 0; i < 20; i++)
		ck_assert(ask(i, FETCH_LIST, url, NULL));
	wait_answers(20);
	ck_assert_uint_eq(origin.requests, 1);
	ck_assert_uint_eq(fetch_server_counts(server).joined, 19);
	ck_assert_uint_eq(fetch_server_counts(server).ok, 1);
}
END_TEST

START_TEST(certificates_never_lead_to_this_machine_or_off_port_80)
{
	char here[256];
	const char *const urls[] = {"http://127.0.0.1/ca.crt", "http://[::1]/ca.crt", "http://169.254.169.254/latest",
		"http://10.0.0.1/ca.crt", "http://lists.example/ca.crt", "https://one.one.one.one/ca.crt",
		"ldap://one.one.one.one/", "file:///etc/passwd", "http://user@lists.example/", "http://1.1.1.1:8080/",
		here, "http:///nothing", "nonsense"};

	snprintf(here, sizeof here, "http://lists.example:%u/list", origin.port);
	origin.requests = 0;
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		ck_assert_msg(ask_and_wait(FETCH_ISSUER, urls[i], NULL) == FETCH_REFUSED, "%s", urls[i]);
		ck_assert_msg(ask_and_wait(FETCH_CRL, urls[i], NULL) == FETCH_REFUSED, "%s", urls[i]);
	}
	ck_assert_uint_eq(origin.requests, 0);
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "ftp://lists.example/", NULL), FETCH_REFUSED);
}
END_TEST

START_TEST(names_are_answered_with_all_addresses_from_memory_the_second_time)
{
	struct addr addrs[FETCH_ADDRESSES_MAX];

	ck_assert_int_eq(ask_and_wait(FETCH_NAMES, "here.example", NULL), FETCH_OK);
	ck_assert_uint_eq(fetch_answer_addresses(&got.answer, addrs), 2);
	ck_assert_int_eq(ask_and_wait(FETCH_NAMES, "here.example", NULL), FETCH_OK);
	ck_assert_uint_eq(fetch_server_counts(server).dns_cached, 1);
	ck_assert_uint_eq(fetch_server_counts(server).dns_queries, 0);
	ck_assert_int_eq(ask_and_wait(FETCH_NAMES, "no name", NULL), FETCH_UNRESOLVED);
}
END_TEST

START_TEST(only_who_may_asks_for_lists)
{
	struct fetch_question question = {FETCH_LIST, SLICE("http://lists.example/"), SLICE_EMPTY, SLICE_EMPTY};
	struct buffer wire = buffer_make(FETCH_QUESTION_MAX);

	ck_assert(fetch_question_encode(&question, &wire));
	ck_assert(!fetch_server_ask(server, (struct fetch_asker){&got, 1}, false, buffer_slice(&wire)));
	ck_assert(!fetch_server_ask(server, (struct fetch_asker){&got, 1}, true, SLICE("nonsense")));
	buffer_release(&wire);
}
END_TEST

START_TEST(who_is_gone_is_not_answered)
{
	char url[256];

	snprintf(url, sizeof url, "http://lists.example:%u/list", origin.port);
	got.answers = 0;
	for (uint32_t i = 0; i < 100; i++) {
		snprintf(url, sizeof url, "http://lists.example:%u/list?%u", origin.port, i);
		ck_assert(ask(i, FETCH_LIST, url, NULL));
	}
	loop_turn(loop, 1000);
	fetch_server_forget(server, &got);
	got.answers = 0;
	ck_assert_int_eq(ask_and_wait(FETCH_LIST, "/list", NULL), FETCH_OK);
	ck_assert_uint_eq(got.answers, 1);
}
END_TEST

Suite *
server_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *tcase = tcase_create("server");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_list_comes_with_its_validators_in_a_sealed_file);
	tcase_add_test(tcase, a_list_is_followed_over_five_redirects_to_http_only);
	tcase_add_test(tcase, equal_questions_are_one_request);
	tcase_add_test(tcase, certificates_never_lead_to_this_machine_or_off_port_80);
	tcase_add_test(tcase, names_are_answered_with_all_addresses_from_memory_the_second_time);
	tcase_add_test(tcase, only_who_may_asks_for_lists);
	tcase_add_test(tcase, who_is_gone_is_not_answered);
	suite_add_tcase(suite, tcase);
	return suite;
}
