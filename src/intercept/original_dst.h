/* Where the client of an accepted connection wanted to go: asked from the kernel, by the way that the connection was
 * steered here.  The answer is what the kernel says, nothing more: dst_guard.h judges it before anything is dialled. */
#ifndef SLUICE_INTERCEPT_ORIGINAL_DST_H
#define SLUICE_INTERCEPT_ORIGINAL_DST_H

#include "base/addr.h"

/* A way in which connections come to a listener. */
struct original_dst_way {
	const char *name;
	bool is_transparent; /* the listener's sockets need IP_TRANSPARENT */
	/* The destination of an accepted socket, whose own address is `local`: 0 or a negative errno. */
	int (*find)(int fd, const struct endpoint *local, struct endpoint *dst);
};

extern const struct original_dst_way original_dst_redirect; /* "redirect": SO_ORIGINAL_DST */
extern const struct original_dst_way original_dst_tproxy;   /* "tproxy": the socket's own address */
extern const struct original_dst_way original_dst_explicit; /* "explicit": -ENODATA, the request will say */

/* The way of that name, or NULL. */
const struct original_dst_way *original_dst_way_find(struct slice name);

/* Where the client of an accepted socket wanted to go, and the socket's own address, which the guard wants.  0, or a
 * negative errno where the kernel does not know: -ENOENT where conntrack has no such connection.  Any thread. */
int original_dst_get(int fd, const struct original_dst_way *way, struct endpoint *dst, struct endpoint *local);

#endif
