/* The listening sockets.  See listener.h. */
#include "intercept/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

static bool
set_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof on) == 0;
}

/* Sets what must be set before bind(). */
static bool
prepare(int fd, int family, bool is_any, const struct original_dst_way *way, const struct listener_options *options)
{
	int v6only = !is_any;

	/* Accepted connections inherit it. */
	if (!set_on(fd, IPPROTO_TCP, TCP_NODELAY))
		return false;
	if (!set_on(fd, SOL_SOCKET, SO_REUSEADDR) || (options->reuse_port && !set_on(fd, SOL_SOCKET, SO_REUSEPORT)))
		return false;
	if (family == AF_INET6 && setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only) < 0)
		return false;
	if (!way->is_transparent)
		return true;
	if (family == AF_INET6 && !set_on(fd, SOL_IPV6, IPV6_TRANSPARENT))
		return false;
	return (family == AF_INET6 && !is_any) || set_on(fd, SOL_IP, IP_TRANSPARENT);
}

/* One socket, or -1 with errno. */
static int
open_one(const struct endpoint *at, const struct original_dst_way *way, const struct listener_options *options)
{
	static const struct addr any;
	struct sockaddr_storage sa;
	socklen_t len = endpoint_to_sockaddr(at, &sa);
	int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return -1;
	if (prepare(fd, sa.ss_family, addr_eq(&at->addr, &any), way, options) &&
		bind(fd, (const struct sockaddr *)&sa, len) == 0 &&
		listen(fd, options->backlog ? options->backlog : LISTENER_BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static const char *
remedy_of(int error)
{
	switch (error) {
	case EADDRINUSE:
		return "`ss -ltnp` shows who has the port; stop it, or choose another port";
	case EADDRNOTAVAIL:
		return "`ip addr` shows the addresses of this machine";
	case EPERM:
		return "tproxy needs CAP_NET_ADMIN or CAP_NET_RAW: start as root";
	case EACCES:
		return "ports below 1024 need CAP_NET_BIND_SERVICE: start as root, or choose another port";
	case ENOPROTOOPT:
		return "the kernel needs CONFIG_NETFILTER_XT_TARGET_TPROXY or CONFIG_NFT_TPROXY; use redirect instead";
	default:
		return NULL;
	}
}

static bool
lacks_ipv6(int error)
{
	return error == EAFNOSUPPORT || error == EADDRNOTAVAIL || error == EPROTONOSUPPORT;
}

/* Adds a socket at the address.  One that IPv6 alone is to blame for is left out, where `optional`. */
static bool
add_socket(struct listener *l, const struct addr *at, const struct listener_options *options, bool optional,
	struct problems *problems)
{
	struct endpoint e = {*at, l->port};
	struct sockaddr_storage sa;
	socklen_t len = sizeof sa;
	char text[ENDPOINT_TEXT_MAX];
	int fd = open_one(&e, l->way, options);

	if (fd < 0) {
		int error = errno;

		if (optional && lacks_ipv6(error))
			return true;
		problems_add(problems, false, NULL, 0, 0, remedy_of(error), "cannot listen on %s for %s: %s",
			endpoint_format(&e, text), l->way->name, strerror(error));
		return false;
	}
	l->fds[l->count++] = fd;
	if (l->port == 0 && getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
		endpoint_from_sockaddr((const struct sockaddr *)&sa, &e))
		l->port = e.port;
	return true;
}

bool
listener_open(struct listener *l, const struct original_dst_way *way, const struct listener_options *options,
	struct problems *problems)
{
	struct addr any6, any4, loopback6, loopback4;
	bool ok;

	addr_parse(SLICE("::"), &any6);
	addr_parse(SLICE("0.0.0.0"), &any4);
	addr_parse(SLICE("::1"), &loopback6);
	addr_parse(SLICE("127.0.0.1"), &loopback4);
	*l = (struct listener){.way = way, .port = options->port};
	if (options->at)
		ok = add_socket(l, options->at, options, false, problems);
	else if (way->is_transparent)
		ok = add_socket(l, &loopback4, options, false, problems) &&
		     add_socket(l, &loopback6, options, true, problems);
	else
		ok = add_socket(l, &any6, options, true, problems) &&
		     (l->count || add_socket(l, &any4, options, false, problems));
	if (!ok)
		listener_close(l);
	return ok;
}

void
listener_close(struct listener *l)
{
	for (size_t i = 0; i < l->count; i++)
		close(l->fds[i]);
	l->count = 0;
}
