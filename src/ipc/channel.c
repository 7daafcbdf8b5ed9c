/* Sending and receiving of whole messages with descriptors.  See channel.h. */
#include "ipc/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct wire_header {
	uint32_t type;
	uint32_t id;
};

union control_space {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
};

int
ipc_pair(int ends[2])
{
	/* Room for a few of the largest messages; refusal leaves the default, which holds one. */
	int size = 4 * IPC_PAYLOAD_MAX;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	return 0;
}

int
ipc_send(int fd, enum ipc_type type, uint32_t id, struct slice payload, const int *fds, unsigned fd_count)
{
	const struct ipc_rule *rule = ipc_rule_of(type);
	struct wire_header header = {type, id};
	struct iovec iov[2] = {{&header, sizeof header}, {(void *)(uintptr_t)payload.ptr, payload.len}};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = 2};
	union control_space control;

	if (rule == NULL || payload.len < rule->payload_min || payload.len > rule->payload_max ||
		fd_count < rule->fd_min || fd_count > rule->fd_max)
		return -EMSGSIZE;
	if (fd_count) {
		struct cmsghdr *cmsg;

		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		cmsg = CMSG_FIRSTHDR(&message);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * fd_count);
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void
take_descriptors(struct msghdr *header, struct ipc_message *message)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg; cmsg = CMSG_NXTHDR(header, cmsg)) {
		size_t count;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		count = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof fd, sizeof fd);
			if (message->fd_count < IPC_FDS_MAX)
				message->fds[message->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

int
ipc_receive(int fd, struct ipc_message *message, char *buffer)
{
	struct wire_header header;
	struct iovec iov[2] = {{&header, sizeof header}, {buffer, IPC_PAYLOAD_MAX}};
	union control_space control;
	struct msghdr wire = {
		.msg_iov = iov, .msg_iovlen = 2, .msg_control = control.bytes, .msg_controllen = sizeof control};
	const struct ipc_rule *rule;
	ssize_t got = recvmsg(fd, &wire, MSG_CMSG_CLOEXEC);

	*message = (struct ipc_message){0};
	if (got < 0)
		return errno == ECONNRESET ? 0 : -errno;
	take_descriptors(&wire, message);
	if (got == 0)
		return 0;
	if ((size_t)got < sizeof header || (wire.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		goto bad;
	message->type = (enum ipc_type)header.type;
	message->id = header.id;
	message->payload = slice_make(buffer, (size_t)got - sizeof header);
	rule = ipc_rule_of(message->type);
	if (rule && message->payload.len >= rule->payload_min && message->payload.len <= rule->payload_max &&
		message->fd_count >= rule->fd_min && message->fd_count <= rule->fd_max)
		return 1;
bad:
	ipc_message_close_fds(message);
	return -EBADMSG;
}

int
ipc_receive_wait(int fd, struct ipc_message *message, char *buffer, int timeout_ms)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int n;

	do
		n = poll(&ready, 1, timeout_ms);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == 0 ? -ETIMEDOUT : ipc_receive(fd, message, buffer);
}

void
ipc_message_close_fds(struct ipc_message *message)
{
	for (unsigned i = 0; i < message->fd_count; i++)
		if (message->fds[i] >= 0)
			close(message->fds[i]);
	message->fd_count = 0;
}
