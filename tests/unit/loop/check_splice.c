/* The relay: bytes whole in both directions at once, half close, back-pressure, and what a failure does. */
#include "suites.h"

#include "loop/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connected pair of TCP sockets; both non-blocking. */
static void
tcp_pair(int pair[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	pair[0] = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&address, len), 0);
	pair[1] = accept(listener, NULL, NULL);
	ck_assert_int_ge(pair[1], 0);
	close(listener);
	for (int i = 0; i < 2; i++)
		fcntl(pair[i], F_SETFL, O_NONBLOCK);
}

struct bench {
	struct loop *loop;
	struct pipe_pool *pool;
	struct splice_relay relay;
	int client[2]; /* [0] is the test's, [1] the relay's */
	int origin[2];
	bool is_done;
	int error;
};

static struct bench *bench;

static void
on_done(struct splice_relay *relay, int error)
{
	(void)relay;
	bench->is_done = true;
	bench->error = error;
}

static void
bench_open(struct bench *b, uint64_t idle_ns)
{
	*b = (struct bench){.loop = loop_new(), .pool = pipe_pool_new(2)};
	bench = b;
	tcp_pair(b->client);
	tcp_pair(b->origin);
	splice_relay_start(&b->relay, b->loop, b->pool, b->client[1], b->origin[1], idle_ns, on_done);
}

static void
bench_close(struct bench *b)
{
	if (!b->is_done)
		splice_relay_abort(&b->relay);
	close(b->client[0]);
	close(b->origin[0]);
	pipe_pool_free(b->pool);
	loop_free(b->loop);
}

enum { BYTES = 3 * 1000 * 1000 };

static uint8_t
byte_at(size_t i, int seed)
{
	return (uint8_t)(i * 31 + i / 251 + (size_t)seed);
}

/* Sends and receives a little on one socket of the test's; checks every byte. */
static void
exercise(int fd, size_t *sent, size_t *received, int send_seed, int receive_seed)
{
	uint8_t chunk[7000];
	ssize_t n;

	while (*sent < BYTES) {
		size_t want = BYTES - *sent < sizeof chunk ? BYTES - *sent : sizeof chunk;

		for (size_t i = 0; i < want; i++)
			chunk[i] = byte_at(*sent + i, send_seed);
		n = send(fd, chunk, want, 0);
		if (n < 0)
			break;
		*sent += (size_t)n;
		if (*sent == BYTES)
			shutdown(fd, SHUT_WR);
	}
	while ((n = recv(fd, chunk, sizeof chunk, 0)) > 0) {
		size_t wrong = 0;

		for (ssize_t i = 0; i < n; i++)
			wrong += chunk[i] != byte_at(*received + (size_t)i, receive_seed);
		ck_assert_uint_eq(wrong, 0);
		*received += (size_t)n;
	}
}

START_TEST(bytes_pass_unchanged_in_both_directions_at_once)
{
	struct bench b;
	size_t sent[2] = {0, 0}, received[2] = {0, 0};

	bench_open(&b, 10000000000u);
	for (int turn = 0; turn < 100000 && !b.is_done; turn++) {
		exercise(b.client[0], &sent[0], &received[0], 1, 2);
		exercise(b.origin[0], &sent[1], &received[1], 2, 1);
		loop_turn(b.loop, 1);
	}
	exercise(b.client[0], &sent[0], &received[0], 1, 2);
	exercise(b.origin[0], &sent[1], &received[1], 2, 1);
	ck_assert(b.is_done);
	ck_assert_int_eq(b.error, 0);
	ck_assert_uint_eq(received[0], BYTES);
	ck_assert_uint_eq(received[1], BYTES);
	ck_assert_uint_eq(b.relay.direction[0].bytes, BYTES);
	bench_close(&b);
}
END_TEST

START_TEST(one_half_may_close_while_the_other_goes_on)
{
	struct bench b;
	char byte;
	ssize_t n = -1;

	bench_open(&b, 10000000000u);
	shutdown(b.client[0], SHUT_WR);
	for (int turn = 0; turn < 1000 && (n = recv(b.origin[0], &byte, 1, 0)) < 0; turn++)
		loop_turn(b.loop, 1);
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(send(b.origin[0], "z", 1, 0), 1);
	n = -1;
	for (int turn = 0; turn < 1000 && (n = recv(b.client[0], &byte, 1, 0)) < 0; turn++)
		loop_turn(b.loop, 1);
	ck_assert_int_eq(n, 1);
	ck_assert(!b.is_done);
	bench_close(&b);
}
END_TEST

START_TEST(a_reset_on_one_side_resets_the_other)
{
	struct linger abort_close = {.l_onoff = 1, .l_linger = 0};
	struct bench b;
	char byte;

	bench_open(&b, 10000000000u);
	setsockopt(b.client[0], SOL_SOCKET, SO_LINGER, &abort_close, sizeof abort_close);
	close(b.client[0]);
	b.client[0] = dup(b.origin[0]);
	for (int turn = 0; turn < 1000 && !b.is_done; turn++)
		loop_turn(b.loop, 1);
	ck_assert_int_eq(b.error, -ECONNRESET);
	ck_assert_int_eq(recv(b.origin[0], &byte, 1, 0), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	bench_close(&b);
}
END_TEST

START_TEST(an_idle_relay_ends)
{
	struct bench b;

	bench_open(&b, 20000000u);
	for (int turn = 0; turn < 1000 && !b.is_done; turn++)
		loop_turn(b.loop, 10);
	ck_assert_int_eq(b.error, -ETIMEDOUT);
	bench_close(&b);
}
END_TEST

START_TEST(a_receiver_that_does_not_read_stops_the_sender)
{
	struct bench b;
	char chunk[65536] = {0};
	size_t sent = 0, before;
	int still = 0;

	bench_open(&b, 10000000000u);
	while (still < 50) {
		ssize_t n;

		before = sent;
		while ((n = send(b.client[0], chunk, sizeof chunk, 0)) > 0)
			sent += (size_t)n;
		loop_turn(b.loop, 1);
		still = sent == before ? still + 1 : 0;
		ck_assert_uint_lt(sent, 64u << 20);
	}
	ck_assert(!b.is_done);
	ck_assert_uint_le(b.relay.direction[0].in_pipe, 1u << 20);
	bench_close(&b);
}
END_TEST

UNIT_SUITE(splice, "splice", bytes_pass_unchanged_in_both_directions_at_once,
	one_half_may_close_while_the_other_goes_on, a_reset_on_one_side_resets_the_other, an_idle_relay_ends,
	a_receiver_that_does_not_read_stops_the_sender)
