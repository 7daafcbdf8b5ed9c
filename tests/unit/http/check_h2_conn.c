/* HTTP/2 connections: two relays in a row, so that a scripted HTTP/1 client and origin speak through both roles of
 * HTTP/2; and a scripted HTTP/2 client that sends what no client should. */
#include "suites.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/h2_limits.h"
#include "relay.h"

#define TEXT_MAX 65536

/* client -h1-> near -h2-> far -h1-> origin */
struct chain {
	struct relay near, far;
	int client, origin;
	char to_client[TEXT_MAX], to_origin[TEXT_MAX];
	bool client_closed, origin_closed;
};

static void
chain_begin(struct chain *f)
{
	int front[2], middle[2], back[2];

	relay_socketpair(front);
	relay_socketpair(middle);
	relay_socketpair(back);
	f->client = front[1];
	f->origin = back[1];
	f->to_client[0] = f->to_origin[0] = '\0';
	f->client_closed = f->origin_closed = false;
	relay_start(&f->near, front[0], false, middle[0], true);
	relay_start(&f->far, middle[1], true, back[0], false);
}

static void
chain_settle(struct chain *f)
{
	for (int i = 0; i < 6; i++) {
		relay_settle(&f->near);
		relay_settle(&f->far);
	}
	f->client_closed |= relay_drain(f->client, f->to_client, sizeof f->to_client);
	f->origin_closed |= relay_drain(f->origin, f->to_origin, sizeof f->to_origin);
}

static void
chain_say(struct chain *f, int fd, struct slice bytes)
{
	if (bytes.len && send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) != (ssize_t)bytes.len)
		ck_assert_int_eq(errno, EPIPE);
	chain_settle(f);
}

static void
chain_end(struct chain *f)
{
	close(f->client);
	close(f->origin);
	chain_settle(f);
	ck_assert_uint_eq(f->near.exchanges, 0);
	ck_assert_uint_eq(f->far.exchanges, 0);
	relay_stop(&f->near);
	relay_stop(&f->far);
}

static const struct {
	const char *client, *to_origin, *origin, *to_client;
} scripts[] = {
	{"GET /a?b HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n\r\n", "GET /a?b HTTP/1.1\r\nHost: a\r\nx-y: z\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n"},
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nlocation: /x\r\nContent-Length: 0\r\n\r\n"},
	{"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
	{"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nte: trailers\r\nConnection: TE\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\nHost: evil\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-sum: 1\r\n\r\n"},
	{"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\ncookie: a=b; c=d\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"},
	{"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"},
};

START_TEST(messages_cross_both_roles_and_back)
{
	for (int round = 0; round < 2; round++) {
		struct slice client = slice_of(scripts[_i].client), origin = slice_of(scripts[_i].origin);

		for (size_t cut = 0; cut <= origin.len; cut += round ? 1 : origin.len) {
			static struct chain f;

			chain_begin(&f);
			for (int again = 0; again < 2; again++) {
				f.to_client[0] = f.to_origin[0] = '\0';
				chain_say(&f, f.client, client);
				ck_assert_str_eq(f.to_origin, scripts[_i].to_origin);
				chain_say(&f, f.origin, slice_sub(origin, 0, cut));
				chain_say(&f, f.origin, slice_sub(origin, cut, origin.len));
				ck_assert_str_eq(f.to_client, scripts[_i].to_client);
			}
			ck_assert_uint_eq(f.near.responses, 2);
			ck_assert_uint_eq(f.far.responses, 2);
			ck_assert(f.near.back_was_usable);
			chain_end(&f);
		}
	}
}
END_TEST

START_TEST(truncation_crosses_as_a_reset_and_ends_as_truncation)
{
	static const char *const rows[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static struct chain f;

		chain_begin(&f);
		chain_say(&f, f.client, SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
		chain_say(&f, f.origin, slice_of(rows[i]));
		shutdown(f.origin, SHUT_WR);
		chain_settle(&f);
		ck_assert_ptr_nonnull(strstr(f.to_client, "half"));
		ck_assert_ptr_null(strstr(f.to_client, "\r\n0\r\n"));
		ck_assert(f.client_closed);
		ck_assert_uint_eq(f.near.responses, 0);
		/* the HTTP/2 connection itself is unharmed */
		ck_assert_ptr_nonnull(f.near.back);
		chain_end(&f);
	}
}
END_TEST

START_TEST(a_vanished_client_resets_the_stream_and_the_origin_connection)
{
	static struct chain f;

	chain_begin(&f);
	chain_say(&f, f.client, SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\npart"));
	ck_assert_ptr_nonnull(strstr(f.to_origin, "part"));
	shutdown(f.client, SHUT_WR);
	chain_settle(&f);
	ck_assert_int_eq(f.near.last_error, HTTP_ERR_TRUNCATED);
	ck_assert_uint_eq(f.far.errors, 1);
	ck_assert(f.origin_closed);
	chain_end(&f);
}
END_TEST

START_TEST(an_early_answer_stops_the_request)
{
	static struct chain f;

	chain_begin(&f);
	chain_say(&f, f.client, SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\npart"));
	chain_say(&f, f.origin, SLICE("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno"));
	ck_assert_int_eq(strncmp(f.to_client, "HTTP/1.1 413 ", 13), 0);
	ck_assert_ptr_nonnull(strstr(f.to_client, "\r\n\r\nno"));
	ck_assert(f.client_closed);
	ck_assert_uint_eq(f.far.exchanges, 0);
	chain_end(&f);
}
END_TEST

START_TEST(bulk_crosses_without_piling_up)
{
	enum { TOTAL = 4 << 20 };
	static struct chain f;
	static char piece[30000], got[65536];
	size_t sent = 0, received = 0, body_at;
	uint64_t most = 0;

	chain_begin(&f);
	memset(piece, 'x', sizeof piece);
	chain_say(&f, f.client, SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	chain_say(&f, f.origin, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n"));
	body_at = strlen(f.to_client);
	received = 0;
	for (int turn = 0; turn < 200000 && received < TOTAL; turn++) {
		ssize_t n = 0;

		if (sent < TOTAL)
			n = send(f.origin, piece, TOTAL - sent < sizeof piece ? TOTAL - sent : sizeof piece,
				MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		loop_turn(f.far.loop, 0);
		loop_turn(f.near.loop, 0);
		if (f.far.back_io.bytes_in - received > most)
			most = f.far.back_io.bytes_in - received;
		/* a slow client: three bytes come for each that goes */
		n = recv(f.client, got, turn % 4 ? 5000 : 1, MSG_DONTWAIT);
		received += n > 0 ? (size_t)n : 0;
	}
	ck_assert_uint_gt(body_at, 0);
	ck_assert_uint_eq(received, TOTAL);
	/* Two relays' buffers and three socket pairs. */
	ck_assert_uint_lt(most, 1500000);
	chain_settle(&f);
	ck_assert_uint_eq(f.near.responses, 1);
	chain_end(&f);
}
END_TEST

/* ---- a scripted HTTP/2 client ---- */

struct script {
	struct relay relay;
	int client, origin;
	char to_origin[TEXT_MAX];
	char answer[TEXT_MAX]; /* raw frames */
	size_t answer_len;
	bool closed;
};

static char wire[1 << 20];
static size_t wire_len;

static void
put(const void *bytes, size_t len)
{
	ck_assert_uint_le(len, sizeof wire - wire_len);
	memcpy(wire + wire_len, bytes, len);
	wire_len += len;
}

static void
put_frame(int type, int flags, uint32_t stream, const void *payload, size_t len)
{
	unsigned char head[9] = {(unsigned char)(len >> 16), (unsigned char)(len >> 8), (unsigned char)len,
		(unsigned char)type, (unsigned char)flags, (unsigned char)(stream >> 24), (unsigned char)(stream >> 16),
		(unsigned char)(stream >> 8), (unsigned char)stream};

	put(head, sizeof head);
	put(payload, len);
}

/* "name\0value\0..." as literals without indexing. */
static size_t
literals(char *dst, const char *const *fields)
{
	size_t at = 0;

	for (; fields[0]; fields += 2) {
		size_t n = strlen(fields[0]), v = strlen(fields[1]);

		dst[at++] = 0;
		dst[at++] = (char)n;
		memcpy(dst + at, fields[0], n);
		at += n;
		dst[at++] = (char)v;
		memcpy(dst + at, fields[1], v);
		at += v;
	}
	return at;
}

static void
put_headers(uint32_t stream, bool end, const char *const *fields)
{
	char block[4096];

	put_frame(1, end ? 5 : 4, stream, block, literals(block, fields));
}

static void
script_begin(struct script *f)
{
	int front[2], back[2];

	relay_socketpair(front);
	relay_socketpair(back);
	f->client = front[1];
	f->origin = back[1];
	f->to_origin[0] = '\0';
	f->answer_len = 0;
	f->closed = false;
	relay_start(&f->relay, front[0], true, back[0], false);
	wire_len = 0;
	put("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	put_frame(4, 0, 0, "", 0);
}

static void
script_run(struct script *f)
{
	size_t at = 0;

	for (int i = 0; i < 2000 && at < wire_len; i++) {
		ssize_t n = send(f->client, wire + at, wire_len - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EPIPE)
			break;
		at += n > 0 ? (size_t)n : 0;
		relay_settle(&f->relay);
		n = recv(f->client, f->answer + f->answer_len, sizeof f->answer - f->answer_len, MSG_DONTWAIT);
		f->answer_len += n > 0 ? (size_t)n : 0;
	}
	wire_len = 0;
	for (int i = 0; i < 5; i++) {
		ssize_t n;

		relay_settle(&f->relay);
		while ((n = recv(f->client, f->answer + f->answer_len, sizeof f->answer - f->answer_len,
				MSG_DONTWAIT)) > 0)
			f->answer_len += (size_t)n;
		f->closed |= n == 0;
	}
	relay_drain(f->origin, f->to_origin, sizeof f->to_origin);
}

static void
script_end(struct script *f)
{
	close(f->client);
	close(f->origin);
	for (int i = 0; i < 5; i++)
		loop_turn(f->relay.loop, 0);
	ck_assert_uint_eq(f->relay.exchanges, 0);
	relay_stop(&f->relay);
}

/* The first frame of that type (and, if not 0, stream) among the answers, or NULL. */
static const unsigned char *
find_frame(const struct script *f, int type, uint32_t stream)
{
	const unsigned char *p = (const unsigned char *)f->answer, *end = p + f->answer_len;

	while (end - p >= 9) {
		size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
		uint32_t id = (uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 8 | p[8];

		if (p[3] == type && (stream == 0 || id == stream))
			return p;
		if ((size_t)(end - p) < 9 + len)
			break;
		p += 9 + len;
	}
	return NULL;
}

static uint32_t
error_code(const unsigned char *frame)
{
	/* RST_STREAM has it first, GOAWAY after the last stream id. */
	const unsigned char *p = frame + 9 + (frame[3] == 7 ? 4 : 0);

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#define REQUEST ":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/"

START_TEST(malformed_requests_reset_their_stream_and_reach_no_origin)
{
	static const char *const rows[][24] = {
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "x-a", "b\r\nevil: 1", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "x-a", "b\nc", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "x a", "b", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "x:a", "b", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "X-A", "b", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "", "b", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/x y", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/x\r\nevil: 1", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/x#y", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "x", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "*", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "http://b/", NULL},
		{":method", "GET /x HTTP/1.1", ":scheme", "http", ":authority", "a", ":path", "/", NULL},
		{":method", "GET", ":scheme", "https", ":authority", "a", ":path", "/", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "u@a", ":path", "/", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a/b", ":path", "/", NULL},
		{":method", "GET", ":scheme", "http", ":path", "/", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "host", "b", NULL},
		{":method", "GET", ":scheme", "http", ":path", "/", "host", "a", "host", "a", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "connection", "close", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "transfer-encoding", "chunked",
			NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "upgrade", "h2c", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "te", "gzip", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", "x-a", "b", ":path", "/", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", ":path", "/2", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", ":unknown", "x", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "content-length", "5", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "content-length", "0",
			"content-length", "0", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "content-length", "+0", NULL},
		{":method", "GET", ":scheme", "http", ":authority", "a", ":path", "/", "expect", "x", NULL},
		{":method", "CONNECT", ":authority", "a:443", NULL},
		{":method", "CONNECT", ":protocol", "connect-udp", ":scheme", "http", ":authority", "a", ":path", "/",
			NULL},
		{":method", "GET", ":protocol", "websocket", ":scheme", "http", ":authority", "a", ":path", "/", NULL},
		{":scheme", "http", ":authority", "a", ":path", "/", NULL},
		{":status", "200", NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static const char *const good[] = {REQUEST, NULL};
		static struct script f;

		script_begin(&f);
		put_headers(1, true, rows[i]);
		put_headers(3, true, good);
		script_run(&f);
		ck_assert_msg(find_frame(&f, 3, 1) != NULL || f.closed, "row %zu is not refused", i);
		ck_assert_uint_eq(f.relay.requests, f.closed ? 0 : 1);
		ck_assert_msg(f.closed || strcmp(f.to_origin, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 0, "row %zu: %s",
			i, f.to_origin);
		script_end(&f);
	}
}
END_TEST

START_TEST(a_body_that_disagrees_with_its_length_never_ends_at_the_origin)
{
	static const char *const post[] = {
		":method", "POST", ":scheme", "http", ":authority", "a", ":path", "/", "content-length", "5", NULL};
	static struct script f;

	for (int longer = 0; longer < 2; longer++) {
		script_begin(&f);
		put_headers(1, false, post);
		put_frame(0, 1, 1, longer ? "abcdefG" : "abc", longer ? 7 : 3);
		script_run(&f);
		ck_assert_ptr_nonnull(find_frame(&f, 3, 1));
		ck_assert_uint_eq(f.relay.errors, 1);
		ck_assert_ptr_null(strstr(f.to_origin, "G\r"));
		ck_assert_ptr_null(strstr(f.to_origin, "abcdefG"));
		script_end(&f);
	}
}
END_TEST

START_TEST(floods_end_the_connection_with_ENHANCE_YOUR_CALM)
{
	static const char *const request[] = {REQUEST, NULL};

	for (int kind = 0; kind < 6; kind++) {
		static struct script f;

		script_begin(&f);
		put_headers(1, false, request);
		for (uint32_t i = 0; i < 4000; i++) {
			switch (kind) {
			case 0:
				put_frame(6, 0, 0, "12345678", 8);
				break;
			case 1:
				put_frame(4, 0, 0, "", 0);
				break;
			case 2:
				put_frame(2, 0, 3, "\0\0\0\0\x10", 5);
				break;
			case 3:
				put_frame(0, 0, 1, "", 0);
				break;
			case 4: /* rapid reset */
				put_headers(3 + 2 * i, true, request);
				put_frame(3, 0, 3 + 2 * i, "\0\0\0\x08", 4);
				break;
			default: /* made to reset: a window update that overflows */
				put_headers(3 + 2 * i, true, request);
				put_frame(8, 0, 3 + 2 * i, "\x7f\xff\xff\xff", 4);
				break;
			}
		}
		script_run(&f);
		ck_assert_msg(f.closed, "kind %d", kind);
		ck_assert_msg(find_frame(&f, 7, 0) != NULL, "kind %d", kind);
		ck_assert_msg(
			error_code(find_frame(&f, 7, 0)) == 0xb, "kind %d: %u", kind, error_code(find_frame(&f, 7, 0)));
		ck_assert_int_eq(f.relay.front_closed, HTTP_ERR_FLOOD);
		script_end(&f);
	}
}
END_TEST

START_TEST(headers_that_unfold_or_never_end_close_the_connection)
{
	static struct script f;
	char block[8192];
	size_t len;

	/* an entry of 4000 bytes, then four hundred references to it of a byte each */
	script_begin(&f);
	len = 0;
	memcpy(block, "\x40\x01x\x7f\xa1\x1e", 6);
	len = 6;
	memset(block + len, 'y', 4000);
	len += 4000;
	memset(block + len, 0xbe, 400);
	len += 400;
	put_frame(1, 5, 1, block, len);
	script_run(&f);
	ck_assert(f.closed);
	ck_assert_uint_eq(f.relay.requests, 0);
	script_end(&f);
	/* CONTINUATION without end */
	script_begin(&f);
	put_frame(1, 1, 1, "\0\1a\1b", 5);
	for (int i = 0; i < 1000; i++)
		put_frame(9, 0, 1, "\0\1a\1b", 5);
	script_run(&f);
	ck_assert(f.closed);
	script_end(&f);
}
END_TEST

START_TEST(what_is_not_http_2_closes_the_connection)
{
	static struct script f;

	script_begin(&f);
	wire_len = 0;
	put("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27);
	script_run(&f);
	ck_assert(f.closed);
	ck_assert_int_eq(f.relay.front_closed, HTTP_ERR_PROTOCOL);
	script_end(&f);
}
END_TEST

START_TEST(shut_windows_hold_a_bounded_amount)
{
	static const char *const request[] = {REQUEST, NULL};
	static char body[65536];
	static struct script f;
	size_t sent = 0;

	script_begin(&f);
	put_frame(4, 0, 0, "\0\4\0\0\0\0", 6); /* INITIAL_WINDOW_SIZE 0 */
	put_headers(1, true, request);
	script_run(&f);
	send(f.origin, "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 45, 0);
	memset(body, 'x', sizeof body);
	for (int i = 0; i < 200; i++) {
		ssize_t n = send(f.origin, body, sizeof body, MSG_DONTWAIT | MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		loop_turn(f.relay.loop, 0);
	}
	/* the relay read no more than its buffers hold, although the origin offered more */
	ck_assert_uint_le(f.relay.back_io.bytes_in, 3 * 65536 + 100);
	script_end(&f);
}
END_TEST

static const char *const websocket_request[] = {":method", "CONNECT", ":protocol", "websocket", ":scheme", "http",
	":authority", "a", ":path", "/ws", "sec-websocket-version", "13", NULL};

START_TEST(websockets_are_served_by_extended_connect)
{
	static const char answer[] = "HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello";
	static struct script f;
	const unsigned char *data;

	script_begin(&f);
	script_run(&f);
	put_frame(4, 1, 0, "", 0); /* our SETTINGS are acknowledged: both of them */
	put_frame(4, 1, 0, "", 0);
	put_headers(1, false, websocket_request);
	script_run(&f);
	ck_assert_str_eq(f.to_origin, "GET /ws HTTP/1.1\r\nHost: a\r\nsec-websocket-version: 13\r\n"
				      "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
				      "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
	f.to_origin[0] = '\0';
	ck_assert_int_eq(send(f.origin, answer, sizeof answer - 1, 0), sizeof answer - 1);
	put_frame(0, 0, 1, "frames", 6);
	script_run(&f);
	ck_assert_str_eq(f.to_origin, "frames");
	ck_assert_ptr_nonnull(find_frame(&f, 1, 1));
	data = find_frame(&f, 0, 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_int_eq(memcmp(data + 9, "hello", 5), 0);
	ck_assert_uint_eq(f.relay.exchanges, 1);
	script_end(&f);
}
END_TEST

START_TEST(websockets_are_refused_where_they_were_not_offered)
{
	static struct script f;
	int front[2], back[2];

	script_begin(&f);
	relay_stop(&f.relay);
	close(f.client);
	close(f.origin);
	/* an HTTP/2 origin that has said nothing of them */
	relay_socketpair(front);
	relay_socketpair(back);
	f.client = front[1];
	f.origin = back[1];
	relay_start(&f.relay, front[0], true, back[0], true);
	put_headers(1, false, websocket_request);
	script_run(&f);
	ck_assert_ptr_nonnull(find_frame(&f, 3, 1));
	ck_assert_uint_eq(f.relay.requests, 0);
	script_end(&f);
}
END_TEST

START_TEST(thousands_of_requests_leave_nothing_behind)
{
	static const char *const request[] = {REQUEST, NULL};
	static struct script f;

	script_begin(&f);
	for (uint32_t i = 0; i < 3000; i++) {
		put_headers(1 + 2 * i, true, request);
		script_run(&f);
		ck_assert_msg(f.to_origin[0] == 'G', "request %u", i);
		f.to_origin[0] = '\0';
		f.answer_len = 0;
		send(f.origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 40, 0);
		script_run(&f);
		f.answer_len = 0;
	}
	ck_assert_uint_eq(f.relay.responses, 3000);
	ck_assert_uint_eq(f.relay.front->streams_total, 3000);
	ck_assert_uint_eq(f.relay.front->streams_open, 0);
	script_end(&f);
}
END_TEST

START_TEST(buckets_refill_by_the_second_and_no_further_than_their_burst)
{
	struct h2_limits l;
	unsigned taken = 0;

	h2_limits_init(&l, 1000);
	while (h2_limits_take(&l, H2_EVENT_SETTINGS, 1000))
		taken++;
	ck_assert_uint_eq(taken, 50);
	ck_assert(!h2_limits_take(&l, H2_EVENT_SETTINGS, 900000000));
	ck_assert(h2_limits_take(&l, H2_EVENT_PING, 1000));
	for (taken = 0; h2_limits_take(&l, H2_EVENT_SETTINGS, 2000001000); taken++)
		;
	ck_assert_uint_eq(taken, 10);
	for (taken = 0; h2_limits_take(&l, H2_EVENT_SETTINGS, UINT64_MAX / 2); taken++)
		;
	ck_assert_uint_eq(taken, 50);
	ck_assert_str_eq(h2_event_name(H2_EVENT_ABORT), "abort");
}
END_TEST

Suite *
h2_conn_suite(void)
{
	Suite *suite = suite_create("h2_conn");
	TCase *tcase = tcase_create("h2_conn");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, messages_cross_both_roles_and_back, 0, sizeof scripts / sizeof scripts[0]);
	tcase_add_test(tcase, truncation_crosses_as_a_reset_and_ends_as_truncation);
	tcase_add_test(tcase, a_vanished_client_resets_the_stream_and_the_origin_connection);
	tcase_add_test(tcase, an_early_answer_stops_the_request);
	tcase_add_test(tcase, bulk_crosses_without_piling_up);
	tcase_add_test(tcase, malformed_requests_reset_their_stream_and_reach_no_origin);
	tcase_add_test(tcase, a_body_that_disagrees_with_its_length_never_ends_at_the_origin);
	tcase_add_test(tcase, floods_end_the_connection_with_ENHANCE_YOUR_CALM);
	tcase_add_test(tcase, headers_that_unfold_or_never_end_close_the_connection);
	tcase_add_test(tcase, what_is_not_http_2_closes_the_connection);
	tcase_add_test(tcase, shut_windows_hold_a_bounded_amount);
	tcase_add_test(tcase, websockets_are_served_by_extended_connect);
	tcase_add_test(tcase, websockets_are_refused_where_they_were_not_offered);
	tcase_add_test(tcase, thousands_of_requests_leave_nothing_behind);
	tcase_add_test(tcase, buckets_refill_by_the_second_and_no_further_than_their_burst);
	suite_add_tcase(suite, tcase);
	return suite;
}
