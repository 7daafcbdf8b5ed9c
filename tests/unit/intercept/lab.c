/* A client, a gateway and a server in namespaces.  See lab.h. */
#include "lab.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#define PATIENCE_MS 1500

void
lab_run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	ck_assert_msg(system(command) == 0, "%s", command);
}

char *
lab_output(const char *command)
{
	FILE *pipe = popen(command, "r");
	char *text = calloc(1, 65536);

	ck_assert(pipe != NULL && text != NULL);
	ck_assert_uint_lt(fread(text, 1, 65535, pipe), 65535);
	ck_assert_msg(pclose(pipe) == 0, "%s", command);
	return text;
}

void
lab_enter(int namespace)
{
	ck_assert_int_eq(setns(namespace, CLONE_NEWNET), 0);
}

bool
lab_enter_empty(void)
{
	if (unshare(CLONE_NEWNET) < 0) {
		printf("SKIP: a network namespace needs root: %s\n", strerror(errno));
		return false;
	}
	lab_run("ip link set lo up");
	return true;
}

static bool
make_namespace(int *fd)
{
	if (!lab_enter_empty())
		return false;
	lab_run("echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad");
	*fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	return *fd >= 0;
}

static int
open_origin(uint16_t port)
{
	struct listener_options options = {.port = port};
	struct problems problems = {0};
	struct listener l;

	ck_assert(listener_open(&l, &original_dst_explicit, &options, &problems));
	return l.fds[0];
}

bool
lab_build(struct lab *lab)
{
	*lab = (struct lab){.proxy.count = 0};
	if (!make_namespace(&lab->client) || !make_namespace(&lab->server) || !make_namespace(&lab->gateway))
		return false;
	lab_run("ip link add lan type veth peer name eth0");
	lab_run("ip link set eth0 netns /proc/%d/fd/%d", (int)getpid(), lab->client);
	lab_run("ip link add wan type veth peer name eth0");
	lab_run("ip link set eth0 netns /proc/%d/fd/%d", (int)getpid(), lab->server);
	lab_run("ip addr add 10.61.1.1/24 dev lan; ip addr add fd61:1::1/64 dev lan nodad; ip link set lan up");
	lab_run("ip addr add 10.61.2.1/24 dev wan; ip addr add fd61:2::1/64 dev wan nodad; ip link set wan up");
	lab_run("echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
	lab_enter(lab->client);
	lab_run("ip addr add 10.61.1.2/24 dev eth0; ip addr add fd61:1::2/64 dev eth0 nodad; ip link set eth0 up");
	lab_run("ip route add default via 10.61.1.1; ip route add default via fd61:1::1");
	lab_enter(lab->server);
	lab_run("ip addr add 10.61.2.2/24 dev eth0; ip addr add fd61:2::2/64 dev eth0 nodad; ip link set eth0 up");
	lab_run("ip route add default via 10.61.2.1; ip route add default via fd61:2::1");
	lab->origin = open_origin(80);
	lab->bystander = open_origin(8080);
	lab_enter(lab->gateway);
	/* Neighbours are found, and links carry, a moment after they are up. */
	for (int i = 0; i < 5 && lab_try(lab, "[fd61:2::2]:80") != LAB_ORIGIN; i++)
		;
	ck_assert_int_eq(lab_try(lab, "10.61.2.2:80"), LAB_ORIGIN);
	return true;
}

void
lab_listen(struct lab *lab, const struct original_dst_way *way, uint16_t port)
{
	struct listener_options options = {.port = port};
	struct problems problems = {0};

	lab_enter(lab->gateway);
	ck_assert(listener_open(&lab->proxy, way, &options, &problems));
	lab_no_problems(&problems);
}

void
lab_no_problems(struct problems *problems)
{
	char text[600];

	for (size_t i = 0; i < problems->count; i++) {
		problem_format(&problems->items[i], text, sizeof text);
		ck_abort_msg("%s", text);
	}
	problems_release(problems);
}

/* Waits until one of the listeners has a connection, or the client's socket an answer. */
static enum lab_outcome
wait_for(struct lab *lab, int fd, int *accepted)
{
	for (int waited = 0; waited < PATIENCE_MS; waited += 5) {
		struct pollfd p = {.fd = fd, .events = POLLOUT};

		for (size_t i = 0; i < lab->proxy.count; i++) {
			*accepted = accept(lab->proxy.fds[i], NULL, NULL);
			if (*accepted >= 0)
				return LAB_PROXY;
		}
		*accepted = accept(lab->origin, NULL, NULL);
		if (*accepted < 0)
			*accepted = accept(lab->bystander, NULL, NULL);
		if (*accepted >= 0)
			return LAB_ORIGIN;
		if (poll(&p, 1, 5) == 1 && (p.revents & (POLLERR | POLLHUP)))
			return LAB_REFUSED;
	}
	return LAB_SILENCE;
}

enum lab_outcome
lab_connect(struct lab *lab, int from, const char *to, int *accepted, int *connected)
{
	struct sockaddr_storage sa;
	struct endpoint e;
	enum lab_outcome outcome;
	int fd, other = -1;
	socklen_t len;

	ck_assert(endpoint_parse(slice_of(to), &e));
	len = endpoint_to_sockaddr(&e, &sa);
	lab_enter(from);
	fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	if (connect(fd, (const struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS)
		outcome = LAB_REFUSED;
	else
		outcome = wait_for(lab, fd, &other);
	lab_enter(lab->gateway);
	if (accepted)
		*accepted = other;
	else if (other >= 0)
		close(other);
	if (connected)
		*connected = fd;
	else
		close(fd);
	return outcome;
}

enum lab_outcome
lab_try(struct lab *lab, const char *to)
{
	return lab_connect(lab, lab->client, to, NULL, NULL);
}

bool
lab_flows(int from, int to)
{
	struct pollfd p = {.fd = to, .events = POLLIN};
	char byte = 'x';

	if (send(from, &byte, 1, MSG_NOSIGNAL) != 1 || poll(&p, 1, PATIENCE_MS) != 1)
		return false;
	return recv(to, &byte, 1, MSG_DONTWAIT) == 1;
}
