/* HTTP/1 connections in both roles, between a scripted client and a scripted origin, over a real loop. */
#include "suites.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"

#define TEXT_MAX 65536

struct fixture {
	struct relay relay;
	int client, origin;
	char to_client[TEXT_MAX], to_origin[TEXT_MAX];
	bool client_closed, origin_closed;
};

static void
begin(struct fixture *f)
{
	int front[2], back[2];

	relay_socketpair(front);
	relay_socketpair(back);
	f->client = front[1];
	f->origin = back[1];
	f->to_client[0] = f->to_origin[0] = '\0';
	f->client_closed = f->origin_closed = false;
	relay_start(&f->relay, front[0], false, back[0], false);
}

static void
settle(struct fixture *f)
{
	relay_settle(&f->relay);
	f->client_closed |= relay_drain(f->client, f->to_client, sizeof f->to_client);
	f->origin_closed |= relay_drain(f->origin, f->to_origin, sizeof f->to_origin);
}

static void
say(struct fixture *f, int fd, struct slice bytes)
{
	/* A peer that was cut off speaks into the void. */
	if (bytes.len && send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) != (ssize_t)bytes.len)
		ck_assert_int_eq(errno, EPIPE);
	settle(f);
}

static void
end(struct fixture *f)
{
	close(f->client);
	close(f->origin);
	for (int i = 0; i < 5; i++)
		loop_turn(f->relay.loop, 0);
	ck_assert_uint_eq(f->relay.exchanges, 0);
	relay_stop(&f->relay);
}

#define HEAD "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/* One exchange or more: what each end says, and what the other must read. */
struct script {
	const char *client, *to_origin, *origin, *to_client;
	bool keeps; /* both connections stay usable */
};

static const struct script scripts[] = {
	{HEAD, HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", true},
	{"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nX: y\r\n\r\nabc",
		"POST /x HTTP/1.1\r\nHost: a\r\nX: y\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", true},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n00\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
	{HEAD, HEAD,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nSet-Cookie: x\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n", true},
	{HEAD, HEAD,
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
		true},
	{"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true},
	{"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", true},
	{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / HTTP/1.1\r\nHost: fallback\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\nx", true},
	{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
		"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
	/* the origin answers anything it does not know: the client is told in its own version's way */
	{HEAD, HEAD, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
		false},
	{HEAD, HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false},
	{HEAD, HEAD, "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", false},
	{HEAD, HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false},
	{"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nbadbody", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
		false},
	{HEAD, HEAD, "HTTP/1.1 304 Not Modified\r\n\r\nbody", "HTTP/1.1 304 Not Modified\r\n\r\n", false},
};

START_TEST(exchanges_are_relayed_whole_and_at_any_segmentation)
{
	const struct script *s = &scripts[_i];
	struct slice client = slice_of(s->client), origin = slice_of(s->origin);

	for (size_t cut = 0; cut <= client.len + origin.len; cut++) {
		size_t client_cut = cut < client.len ? cut : client.len;
		size_t origin_cut = cut > client.len ? cut - client.len : 0;
		static struct fixture f;
		char want[TEXT_MAX];

		begin(&f);
		say(&f, f.client, slice_sub(client, 0, client_cut));
		say(&f, f.client, slice_sub(client, client_cut, client.len));
		/* A body may have come in two chunks when it was cut. */
		if (strstr(s->to_origin, "chunked") == NULL)
			ck_assert_str_eq(f.to_origin, s->to_origin);
		else
			ck_assert_ptr_nonnull(strstr(f.to_origin, "0\r\n\r\n"));
		say(&f, f.origin, slice_sub(origin, 0, origin_cut));
		say(&f, f.origin, slice_sub(origin, origin_cut, origin.len));
		ck_assert_str_eq(f.to_client, s->to_client);
		ck_assert_msg(f.origin_closed == !s->keeps, "cut %zu", cut);
		ck_assert(!f.client_closed);
		ck_assert_uint_eq(f.relay.responses, 1);
		if (s->keeps) {
			/* and once more on the same connections */
			f.to_origin[0] = '\0';
			say(&f, f.client, client);
			if (strstr(s->to_origin, "chunked") == NULL)
				ck_assert_str_eq(f.to_origin, s->to_origin);
			say(&f, f.origin, origin);
			snprintf(want, sizeof want, "%s%s", s->to_client, s->to_client);
			ck_assert_str_eq(f.to_client, want);
			ck_assert_uint_eq(f.relay.responses, 2);
		}
		end(&f);
	}
}
END_TEST

START_TEST(an_empty_response_may_be_ended_after_its_head)
{
	static const char *const rows[] = {
		"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct fixture f;

		begin(&f);
		f.relay.ends_late = true;
		say(&f, f.client, SLICE(HEAD));
		say(&f, f.origin, slice_of(rows[i]));
		ck_assert_str_eq(f.to_client, rows[i]);
		ck_assert_uint_eq(f.relay.responses, 1);
		ck_assert(!f.client_closed);
		end(&f);
	}
}
END_TEST

START_TEST(pipelined_requests_are_answered_in_order_one_at_a_time)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_ptr_null(strstr(f.to_origin, "/2"));
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"));
	ck_assert_ptr_nonnull(strstr(f.to_origin, "/2"));
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"));
	ck_assert_uint_eq(f.relay.responses, 2);
	ck_assert_str_eq(f.to_client,
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
	end(&f);
}
END_TEST

START_TEST(what_is_no_request_is_answered_and_closed)
{
	static const struct {
		const char *text;
		const char *answer;
		enum http_error error;
	} rows[] = {
		{"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", HTTP_ERR_PROTOCOL},
		{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
			"HTTP/1.1 400 ", HTTP_ERR_FRAMING},
		{"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 501 ",
			HTTP_ERR_UNSUPPORTED},
		{"GET / HTTP/3.0\r\nHost: a\r\n\r\n", "HTTP/1.1 505 ", HTTP_ERR_VERSION},
		{"\x16\x03\x01\n", "HTTP/1.1 400 ", HTTP_ERR_PROTOCOL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct fixture f;

		begin(&f);
		say(&f, f.client, slice_of(rows[i].text));
		ck_assert_msg(strncmp(f.to_client, rows[i].answer, strlen(rows[i].answer)) == 0, "%s", f.to_client);
		ck_assert_ptr_nonnull(strstr(f.to_client, "Connection: close\r\n"));
		ck_assert_uint_eq(f.relay.bad_requests, 1);
		ck_assert_int_eq(f.relay.bad_request, rows[i].error);
		ck_assert(f.client_closed);
		ck_assert_str_eq(f.to_origin, "");
		/* nothing that follows is read as a request */
		say(&f, f.client, SLICE(HEAD));
		ck_assert_str_eq(f.to_origin, "");
		end(&f);
	}
}
END_TEST

START_TEST(a_malformed_request_body_is_refused_and_burns_the_origin)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
	say(&f, f.client, SLICE("3 \r\nabc\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_int_eq(strncmp(f.to_client, "HTTP/1.1 400 ", 13), 0);
	ck_assert(f.client_closed);
	ck_assert(f.origin_closed);
	ck_assert_ptr_null(strstr(f.to_origin, "0\r\n\r\n"));
	ck_assert_ptr_null(strstr(f.to_origin, "smuggled"));
	ck_assert_int_eq(f.relay.last_error, HTTP_ERR_FRAMING);
	end(&f);
}
END_TEST

START_TEST(malformed_responses_never_reach_the_client)
{
	static const char *const rows[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
		"HTTP/1.1 200 OK\nA: b\n\n",
		"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
		"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct fixture f;

		begin(&f);
		say(&f, f.client, SLICE(HEAD));
		say(&f, f.origin, slice_of(rows[i]));
		ck_assert_msg(f.to_client[0] == '\0', "%s", f.to_client);
		ck_assert_uint_eq(f.relay.errors, 1);
		ck_assert(f.origin_closed);
		end(&f);
	}
}
END_TEST

START_TEST(a_flood_of_interim_responses_is_cut)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE(HEAD));
	for (int i = 0; i < 16; i++)
		say(&f, f.origin, SLICE("HTTP/1.1 103 Early Hints\r\n\r\n"));
	ck_assert_uint_eq(f.relay.errors, 0);
	say(&f, f.origin, SLICE("HTTP/1.1 103 Early Hints\r\n\r\n"));
	ck_assert_int_eq(f.relay.last_error, HTTP_ERR_FLOOD);
	ck_assert(f.origin_closed);
	end(&f);
}
END_TEST

START_TEST(a_response_before_its_request_burns_the_connection)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"));
	ck_assert_int_eq(f.relay.back_closed, HTTP_ERR_PROTOCOL);
	say(&f, f.client, SLICE(HEAD));
	ck_assert_int_eq(strncmp(f.to_client, "HTTP/1.1 503 ", 13), 0);
	end(&f);
}
END_TEST

START_TEST(truncation_is_passed_on_as_truncation)
{
	static const struct {
		const char *origin;
		const char *to_client;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
			"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"},
		{"HTTP/1.1 200 O", ""},
		{"", ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct fixture f;

		begin(&f);
		say(&f, f.client, SLICE(HEAD));
		say(&f, f.origin, slice_of(rows[i].origin));
		shutdown(f.origin, SHUT_WR);
		settle(&f);
		ck_assert_str_eq(f.to_client, rows[i].to_client);
		ck_assert(f.client_closed);
		ck_assert_uint_eq(f.relay.responses, 0);
		ck_assert_int_eq(f.relay.last_error, HTTP_ERR_TRUNCATED);
		end(&f);
	}
}
END_TEST

START_TEST(a_close_delimited_body_becomes_chunked_for_a_client_that_can_read_it)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE(HEAD));
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\n\r\nbody"));
	shutdown(f.origin, SHUT_WR);
	settle(&f);
	ck_assert_str_eq(f.to_client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
	ck_assert(!f.client_closed);
	ck_assert_uint_eq(f.relay.responses, 1);
	end(&f);
	begin(&f);
	say(&f, f.client, SLICE("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\n\r\nbody"));
	shutdown(f.origin, SHUT_WR);
	settle(&f);
	ck_assert_str_eq(f.to_client, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody");
	ck_assert(f.client_closed);
	end(&f);
}
END_TEST

START_TEST(an_answer_before_the_whole_request_closes_both_sides)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart"));
	say(&f, f.origin, SLICE("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"));
	ck_assert_str_eq(
		f.to_client, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	ck_assert(f.origin_closed);
	ck_assert(f.client_closed);
	say(&f, f.client, SLICE("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"));
	ck_assert_ptr_null(strstr(f.to_origin, "smuggled"));
	end(&f);
}
END_TEST

START_TEST(a_websocket_becomes_a_tunnel_with_half_closes)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client,
		SLICE("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: "
		      "k\r\n\r\n"));
	ck_assert_str_eq(f.to_origin, "GET /ws HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\nConnection: Upgrade\r\n"
				      "Upgrade: websocket\r\n\r\n");
	f.to_origin[0] = '\0';
	say(&f, f.origin,
		SLICE("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
		      "websocket\r\n\r\n\x81\x01x"));
	ck_assert_str_eq(f.to_client,
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x01x");
	say(&f, f.client, SLICE("frames"));
	ck_assert_str_eq(f.to_origin, "frames");
	shutdown(f.client, SHUT_WR);
	settle(&f);
	ck_assert(f.origin_closed);
	f.to_client[0] = '\0';
	say(&f, f.origin, SLICE("last"));
	ck_assert_str_eq(f.to_client, "last");
	ck_assert_uint_eq(f.relay.exchanges, 1);
	shutdown(f.origin, SHUT_WR);
	settle(&f);
	ck_assert(f.client_closed);
	ck_assert_uint_eq(f.relay.exchanges, 0);
	end(&f);
}
END_TEST

START_TEST(a_vanished_client_ends_the_exchange)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\npart"));
	shutdown(f.client, SHUT_WR);
	settle(&f);
	ck_assert_int_eq(f.relay.last_error, HTTP_ERR_TRUNCATED);
	ck_assert(f.origin_closed);
	end(&f);
}
END_TEST

START_TEST(a_client_that_half_closes_still_gets_its_answer)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE(HEAD));
	shutdown(f.client, SHUT_WR);
	settle(&f);
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
	ck_assert_str_eq(f.to_client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
	ck_assert(f.client_closed);
	end(&f);
}
END_TEST

/* Bulk through sockets that fill up: every byte arrives, and little is held meanwhile. */
static void
bulk(bool is_chunked)
{
	enum { TOTAL = 4 << 20, PIECE = 30000 };
	static struct fixture f;
	static char piece[PIECE + 32], got[1 << 20];
	size_t sent = 0, received = 0, offset = 0, framed = 0;
	int small = 8192;

	begin(&f);
	setsockopt(f.client, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
	say(&f, f.client, SLICE(HEAD));
	if (is_chunked)
		say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
	else
		say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n"));
	received = strlen(f.to_client);
	ck_assert_uint_gt(received, 0);
	while (f.relay.responses == 0 && received < 2 * TOTAL) {
		ssize_t n;

		if (offset == framed && sent < TOTAL) {
			size_t len = TOTAL - sent < PIECE ? TOTAL - sent : PIECE;

			offset = framed = 0;
			if (is_chunked)
				framed = (size_t)sprintf(piece, "%zx\r\n", len);
			memset(piece + framed, 'x', len);
			framed += len;
			if (is_chunked)
				framed += (size_t)sprintf(
					piece + framed, "\r\n%s", sent + len == TOTAL ? "0\r\n\r\n" : "");
			sent += len;
		}
		n = send(f.origin, piece + offset, framed - offset, MSG_DONTWAIT | MSG_NOSIGNAL);
		offset += n > 0 ? (size_t)n : 0;
		loop_turn(f.relay.loop, 0);
		n = recv(f.client, got, 3000, MSG_DONTWAIT);
		received += n > 0 ? (size_t)n : 0;
		/* the relay never holds more than its two buffers */
		ck_assert_int_le((int64_t)(f.relay.back_io.bytes_in - f.relay.front_io.bytes_out), 3 * 65536 + 1000);
	}
	for (int i = 0; i < 2000; i++) {
		ssize_t n = recv(f.client, got, sizeof got, MSG_DONTWAIT);

		received += n > 0 ? (size_t)n : 0;
		loop_turn(f.relay.loop, 0);
	}
	ck_assert_uint_ge(received, TOTAL);
	ck_assert_uint_eq(f.relay.responses, 1);
	ck_assert_uint_eq(f.relay.errors, 0);
	ck_assert_ptr_nonnull(f.relay.front);
	end(&f);
}

START_TEST(bulk_passes_a_slow_client_without_piling_up)
{
	bulk(_i == 1);
}
END_TEST

START_TEST(draining_closes_after_the_exchange_under_way)
{
	static struct fixture f;

	begin(&f);
	say(&f, f.client, SLICE(HEAD));
	http_conn_drain(f.relay.front);
	say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
	ck_assert_str_eq(f.to_client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
	ck_assert(f.client_closed);
	end(&f);
}
END_TEST

Suite *
h1_conn_suite(void)
{
	Suite *suite = suite_create("h1_conn");
	TCase *tcase = tcase_create("h1_conn");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
		tcase, exchanges_are_relayed_whole_and_at_any_segmentation, 0, sizeof scripts / sizeof scripts[0]);
	tcase_add_test(tcase, an_empty_response_may_be_ended_after_its_head);
	tcase_add_test(tcase, pipelined_requests_are_answered_in_order_one_at_a_time);
	tcase_add_test(tcase, what_is_no_request_is_answered_and_closed);
	tcase_add_test(tcase, a_malformed_request_body_is_refused_and_burns_the_origin);
	tcase_add_test(tcase, malformed_responses_never_reach_the_client);
	tcase_add_test(tcase, a_flood_of_interim_responses_is_cut);
	tcase_add_test(tcase, a_response_before_its_request_burns_the_connection);
	tcase_add_test(tcase, truncation_is_passed_on_as_truncation);
	tcase_add_test(tcase, a_close_delimited_body_becomes_chunked_for_a_client_that_can_read_it);
	tcase_add_test(tcase, an_answer_before_the_whole_request_closes_both_sides);
	tcase_add_test(tcase, a_websocket_becomes_a_tunnel_with_half_closes);
	tcase_add_test(tcase, a_vanished_client_ends_the_exchange);
	tcase_add_test(tcase, a_client_that_half_closes_still_gets_its_answer);
	tcase_add_loop_test(tcase, bulk_passes_a_slow_client_without_piling_up, 0, 2);
	tcase_add_test(tcase, draining_closes_after_the_exchange_under_way);
	suite_add_tcase(suite, tcase);
	return suite;
}
