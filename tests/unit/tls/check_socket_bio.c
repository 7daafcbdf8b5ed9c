/* What is held back leaves with what comes next, whole and in order, whenever the socket takes it. */
#include "suites.h"

#include "tls/socket_bio.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2];
static struct socket_bio state;

static BIO *
open_pair(void)
{
	BIO *bio;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	state = (struct socket_bio){.fd = ends[0]};
	bio = socket_bio_new(&state);
	ck_assert_ptr_nonnull(bio);
	return bio;
}

static void
close_pair(BIO *bio)
{
	BIO_free(bio);
	socket_bio_release(&state);
	close(ends[0]);
	close(ends[1]);
}

static size_t
drain(char *to, size_t size)
{
	size_t got = 0;
	ssize_t n;

	while (got < size && (n = recv(ends[1], to + got, size - got, 0)) > 0)
		got += (size_t)n;
	return got;
}

START_TEST(what_is_held_waits_for_the_next_bytes)
{
	char got[64];
	BIO *bio = open_pair();

	state.is_holding = true;
	ck_assert_int_eq(BIO_write(bio, "ab", 2), 2);
	ck_assert_int_eq(BIO_write(bio, "cd", 2), 2);
	ck_assert_uint_eq(drain(got, sizeof got), 0);
	state.is_holding = false;
	ck_assert_int_eq(BIO_write(bio, "ef", 2), 2);
	ck_assert_uint_eq(drain(got, sizeof got), 6);
	ck_assert_mem_eq(got, "abcdef", 6);
	ck_assert_ptr_null(state.held);
	close_pair(bio);
}
END_TEST

START_TEST(a_full_socket_loses_nothing_of_it)
{
	static char got[1 << 20], filling[4096];
	size_t filled = 0, len;
	ssize_t n;
	BIO *bio = open_pair();

	state.is_holding = true;
	ck_assert_int_eq(BIO_write(bio, "held ", 5), 5);
	state.is_holding = false;
	while ((n = send(ends[0], filling, sizeof filling, MSG_NOSIGNAL)) > 0)
		filled += (size_t)n;
	ck_assert_int_le(BIO_write(bio, "next", 4), 0);
	ck_assert(BIO_should_retry(bio) && BIO_should_write(bio));
	ck_assert_uint_eq(drain(got, filled), filled);
	ck_assert_int_eq(BIO_write(bio, "next", 4), 4);
	len = drain(got, sizeof got);
	ck_assert_uint_eq(len, 9);
	ck_assert_mem_eq(got, "held next", 9);
	ck_assert_int_eq(state.error, 0);
	close_pair(bio);
}
END_TEST

/* More than one has any business to hold is sent at once, in its place. */
START_TEST(no_more_is_held_than_its_bound)
{
	static char much[4096], got[8192];
	BIO *bio = open_pair();

	state.is_holding = true;
	ck_assert_int_eq(BIO_write(bio, "first", 5), 5);
	ck_assert_int_eq(BIO_write(bio, much, sizeof much), (int)sizeof much);
	ck_assert_uint_eq(drain(got, sizeof got), 5 + sizeof much);
	ck_assert_mem_eq(got, "first", 5);
	close_pair(bio);
}
END_TEST

START_TEST(what_fails_for_good_is_told)
{
	BIO *bio = open_pair();
	char byte;

	close(ends[1]);
	ck_assert_int_le(BIO_write(bio, "x", 1), 0);
	ck_assert(!BIO_should_retry(bio));
	ck_assert_int_eq(state.error, -EPIPE);
	ck_assert_int_le(BIO_read(bio, &byte, 1), 0);
	ck_assert(BIO_eof(bio));
	ends[1] = -1;
	close_pair(bio);
}
END_TEST

UNIT_SUITE(socket_bio, "socket_bio", what_is_held_waits_for_the_next_bytes, a_full_socket_loses_nothing_of_it,
	no_more_is_held_than_its_bound, what_fails_for_good_is_told)
