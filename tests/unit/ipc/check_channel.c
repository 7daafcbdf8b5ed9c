/* Messages between processes: what the table allows arrives whole, everything else is refused on either side. */
#include "suites.h"

#include "ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[IPC_PAYLOAD_MAX];

START_TEST(payload_and_descriptors_arrive_as_sent)
{
	struct ipc_message m;
	int ends[2], pipes[2];
	char byte;

	ck_assert_int_eq(ipc_pair(ends), 0);
	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(ipc_send(ends[0], IPC_SIGNER, 77, SLICE_EMPTY, pipes, 2), 0);
	ck_assert_int_eq(ipc_send(ends[0], IPC_QUERY, 78, SLICE("{}"), NULL, 0), 0);
	ck_assert_int_eq(ipc_receive(ends[1], &m, buffer), 1);
	ck_assert_int_eq(m.type, IPC_SIGNER);
	ck_assert_uint_eq(m.id, 77);
	ck_assert_uint_eq(m.fd_count, 2);
	ck_assert(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC);
	ck_assert_int_eq(write(m.fds[1], "q", 1), 1);
	ck_assert_int_eq(read(pipes[0], &byte, 1), 1);
	ipc_message_close_fds(&m);
	ck_assert_int_eq(ipc_receive(ends[1], &m, buffer), 1);
	assert_slice(m.payload, "{}");
	ck_assert_int_eq(ipc_receive(ends[1], &m, buffer), -EAGAIN);
	close(ends[0]);
	ck_assert_int_eq(ipc_receive(ends[1], &m, buffer), 0);
	close(ends[1]);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(what_breaks_the_table_is_not_sent)
{
	int ends[2], fds[3] = {0, 1, 2};

	ck_assert_int_eq(ipc_pair(ends), 0);
	ck_assert_int_eq(ipc_send(ends[0], IPC_NONE, 0, SLICE_EMPTY, NULL, 0), -EMSGSIZE);
	ck_assert_int_eq(ipc_send(ends[0], IPC_TYPE_COUNT, 0, SLICE_EMPTY, NULL, 0), -EMSGSIZE);
	ck_assert_int_eq(ipc_send(ends[0], IPC_STOP, 0, SLICE("abc"), NULL, 0), -EMSGSIZE);
	ck_assert_int_eq(ipc_send(ends[0], IPC_READY, 0, SLICE("x"), NULL, 0), -EMSGSIZE);
	ck_assert_int_eq(ipc_send(ends[0], IPC_LOG, 0, SLICE_EMPTY, NULL, 0), -EMSGSIZE);
	ck_assert_int_eq(ipc_send(ends[0], IPC_LOG, 0, SLICE_EMPTY, fds, 2), -EMSGSIZE);
	ck_assert_int_eq(ipc_send(ends[0], IPC_MINT, 0, slice_make(buffer, sizeof buffer), NULL, 0), -EMSGSIZE);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(what_breaks_the_table_is_refused_by_its_receiver)
{
	static const struct {
		uint32_t words[4];
		size_t len;
	} cases[] = {
		{{0}, 3},                  /* shorter than a header */
		{{IPC_NONE, 1}, 8},        /* no such type */
		{{IPC_TYPE_COUNT, 1}, 8},  /* no such type */
		{{0xffffffffu, 1}, 8},     /* no such type */
		{{IPC_STOP, 1}, 8},        /* payload missing */
		{{IPC_STOP, 1, 0, 0}, 16}, /* payload too long */
		{{IPC_LOG, 1}, 8},         /* descriptor missing */
		{{IPC_READY, 1, 0}, 12},   /* payload where none belongs */
	};
	struct ipc_message m;
	int ends[2];

	ck_assert_int_eq(ipc_pair(ends), 0);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq(send(ends[0], cases[i].words, cases[i].len, 0), (ssize_t)cases[i].len);
		ck_assert_msg(ipc_receive(ends[1], &m, buffer) == -EBADMSG, "case %zu", i);
	}
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(waiting_ends_with_the_time)
{
	struct ipc_message m;
	int ends[2];

	ck_assert_int_eq(ipc_pair(ends), 0);
	ck_assert_int_eq(ipc_receive_wait(ends[0], &m, buffer, 1), -ETIMEDOUT);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

UNIT_SUITE(channel, "channel", payload_and_descriptors_arrive_as_sent, what_breaks_the_table_is_not_sent,
	what_breaks_the_table_is_refused_by_its_receiver, waiting_ends_with_the_time)
