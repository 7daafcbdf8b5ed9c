/* A whole HTTP/2 session over a scripted peer, between two real connections.  The first byte of the input chooses the
 * role under test: even, a client's frames to our server role (the origin answers every request); odd, an origin's
 * frames to our client role, which has two requests open.  The preface and SETTINGS are given; bit 1 leaves them to the
 * input. Whatever comes, no exchange may be left open and nothing may leak. */
#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit/http/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
static const char settings[9] = {0, 0, 0, 4, 0, 0, 0, 0, 0};
static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
static const char request[] = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

static void
say(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
}

/* Feeds the input in pieces, so that frames are cut, and lets the other side answer between them. */
static void
play(struct relay *relay, int peer, int other, bool tests_server, const uint8_t *data, size_t size)
{
	size_t piece = size / 3 + 1;
	char sink[65536];

	for (size_t at = 0; at < size; at += piece) {
		say(peer, data + at, size - at < piece ? size - at : piece);
		for (int i = 0; i < 3; i++)
			loop_turn(relay->loop, 0);
		if (tests_server && recv(other, sink, sizeof sink, MSG_DONTWAIT) > 0)
			say(other, answer, sizeof answer - 1);
		while (recv(peer, sink, sizeof sink, MSG_DONTWAIT) > 0)
			;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct relay relay;
	bool tests_server;
	int front[2], back[2], peer, other;

	if (size < 1 || size > 30000)
		return 0;
	tests_server = (data[0] & 1) == 0;
	relay_socketpair(front);
	relay_socketpair(back);
	relay_start(&relay, front[0], tests_server, back[0], !tests_server);
	peer = tests_server ? front[1] : back[1];
	other = tests_server ? back[1] : front[1];
	if (!tests_server)
		say(other, request, sizeof request - 1);
	if (!(data[0] & 2)) {
		if (tests_server)
			say(peer, magic, sizeof magic - 1);
		say(peer, settings, sizeof settings);
	}
	loop_turn(relay.loop, 0);
	play(&relay, peer, other, tests_server, data + 1, size - 1);
	close(peer);
	close(other);
	for (int i = 0; i < 6; i++)
		loop_turn(relay.loop, 0);
	assert(relay.exchanges == 0);
	relay_stop(&relay);
	return 0;
}
