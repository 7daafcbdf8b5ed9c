/* The smallest proxy: requests of one connection are relayed over another, of whatever versions, as the real one does
 * it but for policy.  Tests and benchmarks put scripted peers at its two ends. */
#ifndef SLUICE_TESTS_UNIT_HTTP_RELAY_H
#define SLUICE_TESTS_UNIT_HTTP_RELAY_H

#include "http/stream.h"

struct relay {
	struct loop *loop;
	struct stream front_io, back_io;
	struct http_conn *front; /* server role; NULL once it is closed and freed */
	struct http_conn *back;  /* client role */
	enum http_version back_version;
	/* what happened */
	unsigned requests, responses, errors, bad_requests, idles;
	enum http_error front_closed, back_closed; /* HTTP_ERR_COUNT while open */
	enum http_error bad_request, last_error;
	char bad_line[64];
	unsigned exchanges;   /* open now */
	bool back_was_usable; /* after the last exchange */
	bool hold_bodies;     /* take no response body, so that it backs up */
	bool ends_late;       /* end a response after its head, even where it has no body */
};

extern const struct http_limits relay_limits;

/* Takes the two sockets. */
void relay_start_on(struct relay *r, struct loop *loop, int front_fd, bool front_is_h2, int back_fd, bool back_is_h2);
void relay_end(struct relay *r);
/* The same with a loop of its own. */
void relay_start(struct relay *r, int front_fd, bool front_is_h2, int back_fd, bool back_is_h2);
/* Runs turns until nothing happens any more. */
void relay_settle(struct relay *r);
void relay_stop(struct relay *r);

/* A non-blocking pair of connected sockets: [0] for the relay, [1] for the script. */
void relay_socketpair(int fds[2]);
/* Appends what can be read now to a C string; true where the peer has closed. */
bool relay_drain(int fd, char *to, size_t size);

#endif
