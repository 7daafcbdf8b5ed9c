/* What HTTP/1 costs: reading, framing, transforming and writing a browser's request and a server's response; and a
 * whole exchange of 1 KiB through two connections over socket pairs, scripted peers included.  CPU time of this thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "http/framing.h"
#include "http/h1_head.h"
#include "http/h1_write.h"
#include "http/semantics.h"
#include "unit/http/relay.h"

static const char request_text[] =
	"GET /assets/app/main.3f2a1b.js?v=17 HTTP/1.1\r\nHost: www.example.org\r\nConnection: keep-alive\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
	"Safari/537.36\r\n"
	"Accept: */*\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n"
	"Referer: https://www.example.org/index.html\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
	"Accept-Language: en-GB,en;q=0.9\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n\r\n";

static const char response_text[] =
	"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\n"
	"Content-Type: application/javascript; charset=utf-8\r\nContent-Length: 1024\r\n"
	"Last-Modified: Thu, 19 Nov 2026 10:00:00 GMT\r\nConnection: keep-alive\r\nETag: \"655f0000-400\"\r\n"
	"Cache-Control: public, max-age=31536000, immutable\r\nStrict-Transport-Security: max-age=63072000\r\n"
	"Accept-Ranges: bytes\r\n\r\n";

static const struct h1_head_limits limits = {.head_max = 65536, .target_max = 16384, .field_max = 200};

static double
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* One request and one response, from bytes to bytes. */
static void
heads_once(struct arena *arena, struct buffer *out)
{
	struct slice request = slice_make(request_text, sizeof request_text - 1);
	struct slice response = slice_make(response_text, sizeof response_text - 1);
	struct h1_scan scan = {0};
	struct http_message m;
	enum http_error error;
	size_t len;

	arena_reset(arena);
	buffer_clear(out);
	http_message_init(&m, arena, true);
	if (h1_head_find(&scan, request, &limits, true, &len, &error) != PARSE_DONE ||
		h1_request_parse(request, &limits, SLICE("http"), &m) || http_framing_request(&m, false) ||
		!http_request_to_upstream(&m, HTTP_VERSION_1_1, SLICE("x"), NULL) ||
		!h1_write_request(out, &m, H1_CONNECTION_DEFAULT))
		abort();
	buffer_clear(out);
	scan = (struct h1_scan){0};
	http_message_init(&m, arena, false);
	if (h1_head_find(&scan, response, &limits, false, &len, &error) != PARSE_DONE ||
		h1_response_parse(response, &limits, &m) || http_framing_response(&m, HTTP_METHOD_GET, false, false) ||
		!http_response_to_client(&m, NULL) || !h1_write_response(out, &m, m.body, H1_CONNECTION_DEFAULT, false))
		abort();
}

static void
bench_heads(unsigned batches, unsigned rounds)
{
	struct arena arena = arena_make(1 << 20);
	struct buffer out = buffer_make(1 << 20);
	double best = 1e18;

	/* The best batch: what the code costs, whoever else is on the machine. */
	for (unsigned batch = 0; batch < batches; batch++) {
		double start = cpu_ns(), taken;

		for (unsigned i = 0; i < rounds; i++)
			heads_once(&arena, &out);
		taken = (cpu_ns() - start) / rounds;
		best = taken < best ? taken : best;
	}
	printf("heads: %.0f ns for a request (%zu bytes) and a response (%zu bytes)\n", best, sizeof request_text - 1,
		sizeof response_text - 1);
	buffer_release(&out);
	arena_release(&arena);
}

static void
bench_exchanges(unsigned rounds)
{
	static char reply[sizeof response_text + 1024], read_back[65536];
	struct relay relay;
	int front[2], back[2];
	double start, peers;

	memcpy(reply, response_text, sizeof response_text - 1);
	memset(reply + sizeof response_text - 1, 'x', 1024);
	relay_socketpair(front);
	relay_socketpair(back);
	start = cpu_ns();
	for (unsigned i = 0; i < rounds; i++)
		for (int k = 0; k < 2; k++)
			if (send(front[1], reply, sizeof request_text, 0) < 0 ||
				recv(front[0], read_back, sizeof read_back, 0) < 0)
				abort();
	peers = (cpu_ns() - start) / rounds;
	relay_start(&relay, front[0], false, back[0], false);
	start = cpu_ns();
	for (unsigned i = 0; i < rounds; i++) {
		if (send(front[1], request_text, sizeof request_text - 1, 0) < 0)
			abort();
		while (recv(back[1], read_back, sizeof read_back, MSG_DONTWAIT) < 0)
			loop_turn(relay.loop, 0);
		if (send(back[1], reply, sizeof response_text - 1 + 1024, 0) < 0)
			abort();
		while (recv(front[1], read_back, sizeof read_back, MSG_DONTWAIT) < 0)
			loop_turn(relay.loop, 0);
	}
	printf("exchange: %.2f us, of which %.2f us the peers' own sends and receives\n",
		(cpu_ns() - start) / rounds / 1000, peers / 1000);
	relay_stop(&relay);
}

int
main(void)
{
	bench_heads(200, 1000);
	bench_exchanges(100000);
	return 0;
}
