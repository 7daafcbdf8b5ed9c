/* Header blocks (RFC 7541) of a client.  The input is a block as it stands on the wire; its first byte says how it
 * comes: bit 0, in two frames (HEADERS and CONTINUATION); bit 1, with a body of three bytes behind it; bit 2, a second
 * request with the same block follows, which the dynamic table may read differently.  What is accepted goes to an
 * origin of HTTP/1, and by way of one more HTTP/2 connection to another: both must be told the same, in whole messages
 * that our own parser reads without ambiguity. */
#include <assert.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/framing.h"
#include "http/h1_head.h"
#include "unit/http/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLAG_END_STREAM 1
#define FLAG_END_HEADERS 4
#define BLOCK_MAX 8000

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
static const struct h1_head_limits limits = {.head_max = 65536, .target_max = 16384, .field_max = 120};

struct side {
	struct relay relays[2];
	unsigned count;
	int client, origin;
	char said[65536]; /* to the origin: a C string */
};

static void
frame(int fd, unsigned type, unsigned flags, unsigned stream, const void *payload, size_t len)
{
	char head[9] = {(char)(len >> 16), (char)(len >> 8), (char)len, (char)type, (char)flags, 0, 0, 0, (char)stream};

	if (send(fd, head, sizeof head, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ||
		(len && send(fd, payload, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0))
		return; /* it was closed on us, and says nothing more */
}

static void
ask(int fd, unsigned how, unsigned stream, const uint8_t *block, size_t len)
{
	size_t first = how & 1 ? len / 2 : len;
	unsigned end = how & 2 ? 0 : FLAG_END_STREAM;

	frame(fd, 1, end | (how & 1 ? 0 : FLAG_END_HEADERS), stream, block, first);
	if (how & 1)
		frame(fd, 9, FLAG_END_HEADERS, stream, block + first, len - first);
	if (how & 2)
		frame(fd, 0, FLAG_END_STREAM, stream, "abc", 3);
}

static void
settle(struct side *s)
{
	for (int i = 0; i < 4; i++)
		for (unsigned r = 0; r < s->count; r++)
			relay_settle(&s->relays[r]);
}

/* With one HTTP/2 connection in between, or none. */
static void
start(struct side *s, bool has_middle)
{
	int front[2], middle[2], back[2];

	memset(s, 0, sizeof *s);
	relay_socketpair(front);
	relay_socketpair(back);
	s->client = front[1];
	s->origin = back[1];
	s->count = has_middle ? 2 : 1;
	if (has_middle) {
		relay_socketpair(middle);
		relay_start(&s->relays[0], front[0], true, middle[0], true);
		relay_start(&s->relays[1], middle[1], true, back[0], false);
	} else {
		relay_start(&s->relays[0], front[0], true, back[0], false);
	}
}

static void
play(struct side *s, unsigned how, const uint8_t *block, size_t len)
{
	if (send(s->client, preface, sizeof preface - 1, MSG_NOSIGNAL) < 0)
		return;
	ask(s->client, how, 1, block, len);
	settle(s);
	relay_drain(s->origin, s->said, sizeof s->said);
	if ((how & 4) && s->said[0]) {
		static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";

		if (send(s->origin, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
			return;
		settle(s);
		ask(s->client, how, 3, block, len);
		settle(s);
		relay_drain(s->origin, s->said, sizeof s->said);
	}
}

static void
stop(struct side *s)
{
	close(s->client);
	close(s->origin);
	settle(s);
	for (unsigned r = 0; r < s->count; r++)
		relay_stop(&s->relays[r]);
}

/* One or two whole requests and nothing else; false for what is no sequence of messages. */
static bool
is_whole(struct slice text, unsigned how)
{
	struct arena arena = arena_make(1 << 22);
	unsigned count = 0;
	bool is_tunnel = false;

	while (text.len && !is_tunnel) {
		struct http_message m;
		struct h1_scan scan = {0};
		enum http_error error;
		size_t len;

		http_message_init(&m, &arena, true);
		assert(h1_head_find(&scan, text, &limits, true, &len, &error) == PARSE_DONE);
		assert(h1_request_parse(slice_sub(text, 0, len), &limits, SLICE("http"), &m) == HTTP_OK);
		assert(http_framing_request(&m, false) == HTTP_OK);
		text = slice_sub(text, len, text.len);
		is_tunnel = m.is_upgrade || m.method == HTTP_METHOD_CONNECT;
		if (m.body == HTTP_BODY_LENGTH) {
			if (m.content_length != (how & 2 ? 3 : 0)) { /* a lie: what is beyond never leaves */
				assert(count > 0 || (how & 4) || text.len <= m.content_length);
				arena_release(&arena);
				return false;
			}
			assert(m.content_length <= text.len);
			text = slice_sub(text, (size_t)m.content_length, text.len);
		} else if (m.body == HTTP_BODY_CHUNKED) {
			static const char whole[] = "3\r\nabc\r\n0\r\n\r\n", none[] = "0\r\n\r\n";
			struct slice body = how & 2 ? SLICE(whole) : SLICE(none);

			assert(slice_starts_with(text, body));
			text = slice_sub(text, body.len, text.len);
		}
		count++;
	}
	assert(count <= (how & 4 ? 2 : 1));
	arena_release(&arena);
	return !is_tunnel;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct side direct, by_h2;
	unsigned how;

	if (size < 2 || size > BLOCK_MAX)
		return 0;
	how = data[0];
	start(&direct, false);
	play(&direct, how, data + 1, size - 1);
	stop(&direct);
	if (direct.said[0] == '\0' || !is_whole(slice_of(direct.said), how))
		return 0;
	start(&by_h2, true);
	play(&by_h2, how, data + 1, size - 1);
	stop(&by_h2);
	assert(strcmp(direct.said, by_h2.said) == 0);
	return 0;
}
