/* A bare relay over TCP, for load generators: bench_relay LISTEN_PORT h1|h2 ORIGIN_PORT h1|h2.  One origin connection
 * for each client connection.  It prints the CPU time it has used when it gets SIGINT or SIGTERM. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/http/relay.h"

struct server {
	struct loop *loop;
	struct loop_fd listener;
	uint16_t origin_port;
	bool front_is_h2, back_is_h2;
	struct relay *relays[1024]; /* until the program ends: there are as many as the load has connections */
	unsigned count;
};

static volatile sig_atomic_t stopping;

static void
on_signal(int number)
{
	stopping = number;
}

static int
tcp_socket(uint16_t port, bool listens)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (listens ? bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 512) < 0
		    : connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		perror("socket");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static void
on_accept(struct loop_fd *self, uint32_t events)
{
	struct server *server = LIST_ENTRY(self, struct server, listener);
	struct relay *relay = calloc(1, sizeof *relay);
	int fd = accept4(self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int back;
	int one = 1;

	(void)events;
	if (fd < 0 || relay == NULL || server->count == sizeof server->relays / sizeof server->relays[0]) {
		if (fd >= 0)
			close(fd);
		free(relay);
		return;
	}
	server->relays[server->count++] = relay;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	back = tcp_socket(server->origin_port, false);
	fcntl(back, F_SETFL, O_NONBLOCK);
	relay_start_on(relay, server->loop, fd, server->front_is_h2, back, server->back_is_h2);
}

int
main(int argc, char **argv)
{
	struct server server = {.loop = loop_new()};
	struct rusage usage;

	if (argc != 5) {
		fprintf(stderr, "usage: %s LISTEN_PORT h1|h2 ORIGIN_PORT h1|h2\n", argv[0]);
		return 64;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	server.front_is_h2 = strcmp(argv[2], "h2") == 0;
	server.back_is_h2 = strcmp(argv[4], "h2") == 0;
	server.origin_port = (uint16_t)atoi(argv[3]);
	loop_fd_init(&server.listener, server.loop, tcp_socket((uint16_t)atoi(argv[1]), true), on_accept);
	loop_fd_want(&server.listener, EPOLLIN);
	while (!stopping)
		loop_turn(server.loop, 200);
	getrusage(RUSAGE_SELF, &usage);
	for (unsigned i = 0; i < server.count; i++) {
		relay_end(server.relays[i]);
		free(server.relays[i]);
	}
	printf("cpu %.3f s (user %.3f, system %.3f), peak %ld KiB\n",
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
		(double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6,
		(double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec / 1e6, usage.ru_maxrss);
	return 0;
}
