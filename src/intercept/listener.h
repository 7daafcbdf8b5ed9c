/* The listening sockets: opened by the supervisor, before it gives up what they need, and after the ruleset's socket.
 */
#ifndef SLUICE_INTERCEPT_LISTENER_H
#define SLUICE_INTERCEPT_LISTENER_H

#include "base/addr.h"
#include "base/diag.h"
#include "intercept/original_dst.h"

#define LISTENER_FDS_MAX 2
#define LISTENER_BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

struct listener {
	const struct original_dst_way *way; /* static */
	uint16_t port;                      /* host byte order */
	int fds[LISTENER_FDS_MAX];          /* owned; non-blocking, close-on-exec */
	size_t count;
};

struct listener_options {
	/* Where to listen; NULL for the usual place: anywhere, in both families, for redirect and explicit; 127.0.0.1
	 * and
	 * ::1 for tproxy, where nobody but the kernel's rules can reach it. */
	const struct addr *at;
	uint16_t port;   /* 0 lets the kernel choose one */
	bool reuse_port; /* one of several sockets on this port, among which the kernel spreads connections */
	int backlog;     /* 0 for LISTENER_BACKLOG */
};

/* Opens it.  Without IPv6 it does with IPv4.  False, with a problem added that says what to do, and nothing open, where
 * that fails. */
bool listener_open(struct listener *listener, const struct original_dst_way *way,
	const struct listener_options *options, struct problems *problems);
void listener_close(struct listener *listener);

#endif
