/* A load generator for tests/bench/run: so many new TLS connections, each a full handshake, one request and a close;
 * or so many connections that are made, used once and then held open until standard input ends.
 * It resumes nothing, verifies nothing (what it is shown is a test's certificate), and gives up rather than wait long.
 * A % in HOST stands for the number of the connection: each then has a name of its own.
 * Prints one line: connections, failures, seconds, and in microseconds the median and the 99th percentile of a
 * connection, the median of a handshake, and of the time until the first byte of the answer. The exit status is 1 when
 * any connection failed. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 256, CONNECTIONS_MAX = 1000000, TIMEOUT_S = 20 };

struct load {
	const char *host;
	const char *to; /* what is connected to */
	const char *port;
	const char *path;
	bool plain; /* TCP without TLS */
	bool hold;
	unsigned connections;
	unsigned threads;
	struct addrinfo *address;
	SSL_CTX *context;
	atomic_uint next;
	atomic_uint failures;
	uint32_t *microseconds; /* of each connection */
	uint32_t *handshakes;   /* likewise: of its handshake */
	uint32_t *first_bytes;  /* from its beginning to the first byte of the answer */
	int *held;              /* descriptors, in hold */
	SSL **held_tls;
};

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint32_t
us_since(uint64_t began)
{
	return (uint32_t)((now_ns() - began) / 1000);
}

static int
dial(const struct load *load)
{
	struct timeval limit = {.tv_sec = TIMEOUT_S};
	int on = 1;
	int fd = socket(load->address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, load->address->ai_addr, load->address->ai_addrlen) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
take(int fd, SSL *tls, char *buffer, int size)
{
	return tls ? SSL_read(tls, buffer, size) : (int)recv(fd, buffer, (size_t)size, 0);
}

/* The name for the connection of this number. */
static void
name_of(const struct load *load, unsigned number, char *name, size_t size)
{
	const char *mark = strchr(load->host, '%');

	if (mark)
		snprintf(name, size, "%.*s%u%s", (int)(mark - load->host), load->host, number, mark + 1);
	else
		snprintf(name, size, "%s", load->host);
}

/* Sends the request and reads the answer to the end of its length; false when anything is amiss. */
static bool
ask(struct load *load, unsigned number, const char *name, uint64_t began, int fd, SSL *tls)
{
	char buffer[16384];
	int length = snprintf(buffer, sizeof buffer, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", load->path, name);
	size_t have = 0;
	size_t whole = 0;

	if ((tls ? SSL_write(tls, buffer, length) : (int)send(fd, buffer, (size_t)length, MSG_NOSIGNAL)) != length)
		return false;
	while (whole == 0 || have < whole) {
		int got = take(fd, tls, buffer + have, (int)(sizeof buffer - 1 - have));
		char *end;
		char *field;

		if (got <= 0)
			return false;
		if (have == 0)
			load->first_bytes[number] = us_since(began);
		have += (size_t)got;
		buffer[have] = '\0';
		end = strstr(buffer, "\r\n\r\n");
		if (!end || whole)
			continue;
		field = strcasestr(buffer, "\r\ncontent-length:");
		if (strncmp(buffer, "HTTP/1.1 200 ", 13) != 0 || !field || field > end)
			return false;
		whole = (size_t)(end + 4 - buffer) + strtoul(field + 17, NULL, 10);
		if (whole >= sizeof buffer)
			return false;
	}
	return true;
}

static bool
one_connection(struct load *load, unsigned number, uint64_t began)
{
	SSL *tls = NULL;
	int fd = dial(load);
	bool served = fd >= 0;
	char name[256];

	name_of(load, number, name, sizeof name);
	if (served && !load->plain) {
		uint64_t dialled = now_ns();

		tls = SSL_new(load->context);
		served = tls && SSL_set_fd(tls, fd) == 1 && SSL_set_tlsext_host_name(tls, name) == 1 &&
			 SSL_connect(tls) == 1;
		load->handshakes[number] = us_since(dialled);
	}
	served = served && ask(load, number, name, began, fd, tls);
	if (served && load->hold) {
		load->held[number] = fd;
		load->held_tls[number] = tls;
		return true;
	}
	if (served && tls)
		SSL_shutdown(tls);
	SSL_free(tls);
	if (fd >= 0)
		close(fd);
	return served;
}

static void *
run(void *argument)
{
	struct load *load = argument;
	unsigned number;

	while ((number = atomic_fetch_add(&load->next, 1)) < load->connections) {
		uint64_t began = now_ns();

		if (!one_connection(load, number, began))
			atomic_fetch_add(&load->failures, 1);
		load->microseconds[number] = us_since(began);
	}
	return NULL;
}

static int
by_value(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a;
	uint32_t other = *(const uint32_t *)b;

	return (one > other) - (one < other);
}

/* Sorts the times, and returns the one below which so many of a hundred are. */
static uint32_t
percentile(uint32_t *times, unsigned count, unsigned of_hundred)
{
	qsort(times, count, sizeof *times, by_value);
	return times[(uint64_t)count * of_hundred / 100];
}

static int
usage(void)
{
	fputs("usage: tlsload [-P] [-H] [-n CONNECTIONS] [-c AT-A-TIME] [-a ADDRESS] HOST PORT PATH\n"
	      "  -P  without TLS    -H  hold the connections open until standard input ends\n",
		stderr);
	return 64;
}

static int
prepare(struct load *load)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	int error = getaddrinfo(load->to ? load->to : load->host, load->port, &hints, &load->address);

	if (error) {
		fprintf(stderr, "tlsload: %s: %s\n", load->to ? load->to : load->host, gai_strerror(error));
		return -1;
	}
	load->context = SSL_CTX_new(TLS_client_method());
	load->microseconds = calloc(load->connections, sizeof *load->microseconds);
	load->handshakes = calloc(load->connections, sizeof *load->handshakes);
	load->first_bytes = calloc(load->connections, sizeof *load->first_bytes);
	load->held = calloc(load->connections, sizeof *load->held);
	load->held_tls = calloc(load->connections, sizeof *load->held_tls);
	if (!load->context || !load->microseconds || !load->handshakes || !load->first_bytes || !load->held ||
		!load->held_tls)
		return -1;
	SSL_CTX_set_min_proto_version(load->context, TLS1_3_VERSION);
	SSL_CTX_set_session_cache_mode(load->context, SSL_SESS_CACHE_OFF);
	return 0;
}

int
main(int argc, char **argv)
{
	struct load load = {.connections = 1000, .threads = 8};
	pthread_t threads[THREADS_MAX];
	unsigned started = 0;
	uint64_t began;
	char ignored[64];
	int option;

	while ((option = getopt(argc, argv, "PHn:c:a:")) != -1) {
		switch (option) {
		case 'P':
			load.plain = true;
			break;
		case 'H':
			load.hold = true;
			break;
		case 'a':
			load.to = optarg;
			break;
		case 'n':
			load.connections = (unsigned)atoi(optarg);
			break;
		case 'c':
			load.threads = (unsigned)atoi(optarg);
			break;
		default:
			return usage();
		}
	}
	if (argc - optind != 3 || load.connections < 1 || load.connections > CONNECTIONS_MAX || load.threads < 1 ||
		load.threads > THREADS_MAX)
		return usage();
	load.host = argv[optind];
	load.port = argv[optind + 1];
	load.path = argv[optind + 2];
	signal(SIGPIPE, SIG_IGN);
	if (prepare(&load) < 0)
		return 1;

	began = now_ns();
	for (; started < load.threads; started++)
		if (pthread_create(&threads[started], NULL, run, &load) != 0)
			break;
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	double seconds = (double)(now_ns() - began) / 1e9;
	printf("%u %u %.3f %u %u %u %u\n", load.connections, (unsigned)load.failures, seconds,
		percentile(load.microseconds, load.connections, 50),
		percentile(load.microseconds, load.connections, 99), percentile(load.handshakes, load.connections, 50),
		percentile(load.first_bytes, load.connections, 50));
	fflush(stdout);
	while (load.hold && read(STDIN_FILENO, ignored, sizeof ignored) > 0)
		;
	return load.failures || started == 0 ? 1 : 0;
}
