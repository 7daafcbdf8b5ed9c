/* Messages between the processes: one datagram of a SOCK_SEQPACKET pair each, with a small header, a payload and
 * perhaps descriptors.  The table in messages.h says which message may have which size and how many descriptors;
 * whatever breaks it is fatal to the channel, because its peer is one of our own processes and no longer is itself. */
#ifndef SLUICE_IPC_CHANNEL_H
#define SLUICE_IPC_CHANNEL_H

#include <sys/types.h>

#include "base/slice.h"
#include "ipc/messages.h"

#define IPC_PAYLOAD_MAX (128 * 1024)
#define IPC_FDS_MAX 32

struct ipc_message {
	enum ipc_type type;
	uint32_t id;          /* pairs an answer with its question */
	struct slice payload; /* in the caller's buffer, until the next receive */
	int fds[IPC_FDS_MAX]; /* owned by the receiver; CLOEXEC */
	unsigned fd_count;
};

/* Both ends, CLOEXEC and non-blocking.  0 or negative errno. */
int ipc_pair(int ends[2]);
/* 0, -EAGAIN where the peer does not keep up, or another negative errno.  Descriptors are copied, not taken. */
int ipc_send(int fd, enum ipc_type type, uint32_t id, struct slice payload, const int *fds, unsigned fd_count);
/* 1 with a message, 0 at the end of the channel, -EAGAIN, -EBADMSG where the table was broken, or a negative errno.
 * `buffer` holds IPC_PAYLOAD_MAX bytes. */
int ipc_receive(int fd, struct ipc_message *message, char *buffer);
/* Waits up to timeout_ms for a message, then as ipc_receive(); -ETIMEDOUT. */
int ipc_receive_wait(int fd, struct ipc_message *message, char *buffer, int timeout_ms);
/* Closes the descriptors that nobody took. */
void ipc_message_close_fds(struct ipc_message *message);

#endif
