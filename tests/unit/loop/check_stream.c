/* The plain stream over a socket pair. */
#include "suites.h"

#include "loop/stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct reader {
	struct stream stream;
	char text[64];
	size_t len;
	bool ended;
	int writable;
};

static void
on_readable(void *owner)
{
	struct reader *r = owner;
	ssize_t n = stream_read(&r->stream, r->text + r->len, sizeof r->text - r->len);

	if (n > 0)
		r->len += (size_t)n;
	else if (n == 0) {
		r->ended = true;
		stream_want_read(&r->stream, false);
	}
}

static void
on_writable(void *owner)
{
	struct reader *r = owner;

	r->writable++;
	stream_want_write(&r->stream, false);
}

static const struct stream_events events = {on_readable, on_writable};

START_TEST(bytes_and_then_the_end_arrive_while_reading_is_wanted)
{
	struct loop *loop = loop_new();
	struct reader r = {.len = 0};
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	stream_init_plain(&r.stream, loop, pair[0]);
	stream_set_owner(&r.stream, &events, &r);
	ck_assert_int_eq(write(pair[1], "abc", 3), 3);
	loop_turn(loop, 0);
	ck_assert_uint_eq(r.len, 0);
	stream_want_read(&r.stream, true);
	loop_turn(loop, 100);
	assert_slice(slice_make(r.text, r.len), "abc");
	shutdown(pair[1], SHUT_WR);
	loop_turn(loop, 100);
	ck_assert(r.ended);
	stream_want_write(&r.stream, true);
	loop_turn(loop, 100);
	loop_turn(loop, 0);
	ck_assert_int_eq(r.writable, 1);
	stream_close(&r.stream, false);
	stream_close(&r.stream, false);
	ck_assert(!stream_is_open(&r.stream));
	close(pair[1]);
	loop_free(loop);
}
END_TEST

START_TEST(writing_to_a_gone_peer_is_an_error_and_no_signal)
{
	struct loop *loop = loop_new();
	struct reader r = {.len = 0};
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	stream_init_plain(&r.stream, loop, pair[0]);
	close(pair[1]);
	ck_assert_int_eq(stream_write(&r.stream, "x", 1), -EPIPE);
	ck_assert_int_eq(stream_read(&r.stream, r.text, sizeof r.text), 0);
	stream_close(&r.stream, true);
	loop_free(loop);
}
END_TEST

UNIT_SUITE(stream, "stream", bytes_and_then_the_end_arrive_while_reading_is_wanted,
	writing_to_a_gone_peer_is_an_error_and_no_signal)
