/* Whole exchanges: a session of src/proxy from its first byte to its end, between a client and origins that the input
 * plays, over HTTP/1 and HTTP/2 on either side.  The input is a schedule: who says what, who closes, stops reading or
 * starts again, when time passes, when the thread drains or gets another configuration, which allocation fails.
 *
 * Whatever happens: nothing is touched that was freed, nothing leaks, and once nobody moves any more the session ends
 * by its own deadlines. */
#include <assert.h>
#include <string.h>
#include <sys/socket.h>

#include "exchange/script.h"
#include "exchange/world.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"
#include "proxy/origin_pool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 400
#define REPEAT_MAX 1200

struct play {
	struct world *world;
	const uint8_t *at;
	const uint8_t *end;
	unsigned origin; /* the one that is played */
};

static uint8_t
take(struct play *p)
{
	return p->at < p->end ? *p->at++ : 0;
}

static struct world_peer *
origin_of(struct play *p)
{
	static struct world_peer nobody = {.fd = -1};

	return p->world->origin_count ? &p->world->origins[p->origin % p->world->origin_count] : &nobody;
}

/* ---- what may happen ---- */

static void
say_text(struct world_peer *peer, const struct slice *table, size_t count, uint8_t row)
{
	struct slice text = table[row % count];

	world_say(peer, text.ptr, text.len);
}

/* With a count, the frame comes that often, on one stream or each time on the next. */
static void
say_frame(struct play *p, struct world_peer *peer, const struct script_frame *table, size_t count)
{
	static uint8_t bytes[SCRIPT_FRAME_MAX];
	uint8_t row = take(p), where = take(p), how_often = take(p);
	unsigned times = how_often < 128 ? 1 : (unsigned)(how_often - 127) * (REPEAT_MAX / 128);
	bool moves = (where & 0x80) != 0;
	uint32_t stream = 2u * (where & 0x3f) + 1 - ((where & 0x40) != 0);

	for (unsigned i = 0; i < times && world_is_alive(p->world); i++) {
		world_say(peer, bytes, script_frame_write(&table[row % count], stream, bytes));
		if (moves)
			stream += 2;
		if (i % 16 == 15)
			world_turn(p->world, 1);
	}
}

static void
play_client_text(struct play *p)
{
	say_text(&p->world->client, script_requests, script_request_count, take(p));
}

static void
play_origin_text(struct play *p)
{
	say_text(origin_of(p), script_responses, script_response_count, take(p));
}

static void
play_client_frame(struct play *p)
{
	say_frame(p, &p->world->client, script_client_frames, script_client_frame_count);
}

static void
play_origin_frame(struct play *p)
{
	say_frame(p, origin_of(p), script_origin_frames, script_origin_frame_count);
}

static void
say_raw(struct play *p, struct world_peer *peer)
{
	size_t len = take(p);

	if (len > (size_t)(p->end - p->at))
		len = (size_t)(p->end - p->at);
	world_say(peer, p->at, len);
	p->at += len;
}

static void
play_client_raw(struct play *p)
{
	say_raw(p, &p->world->client);
}

static void
play_origin_raw(struct play *p)
{
	say_raw(p, origin_of(p));
}

/* What fits into no window and no socket. */
static void
say_much(struct world_peer *peer)
{
	static char filler[50000];

	memset(filler, 'x', sizeof filler);
	world_say(peer, filler, sizeof filler);
}

static void
play_much(struct play *p)
{
	say_much(take(p) & 1 ? origin_of(p) : &p->world->client);
}

static void
play_turn(struct play *p)
{
	world_turn(p->world, 1 + take(p) % 4);
}

static void
play_sleep(struct play *p)
{
	static const unsigned milliseconds[] = {1, 50, 100, 150, 501, 1001, 2001, 5001, 10001, 30001, 75001, 120001};

	world_sleep(p->world, milliseconds[take(p) % (sizeof milliseconds / sizeof milliseconds[0])]);
}

static void
play_end(struct play *p)
{
	uint8_t how = take(p);
	struct world_peer *peer = how & 1 ? origin_of(p) : &p->world->client;

	if (how & 2)
		world_close(peer);
	else if (peer->fd >= 0)
		shutdown(peer->fd, SHUT_WR);
}

static void
play_stall(struct play *p)
{
	struct world_peer *peer = take(p) & 1 ? origin_of(p) : &p->world->client;

	peer->is_stalled = !peer->is_stalled;
}

static void
play_connect(struct play *p)
{
	uint8_t how = take(p);

	p->world->connect = (enum world_connect)(how % WORLD_CONNECTS);
	p->world->origins_speak_http2 = (how & 0x80) != 0;
}

static void
play_origin_choice(struct play *p)
{
	p->origin = take(p);
}

static void
play_failure(struct play *p)
{
	p->world->allocations_left = take(p) % 64;
}

/* As the thread does it: drain, another configuration, the end of the grace. */
static void
play_thread(struct play *p)
{
	struct proxy_thread *t = &p->world->thread;
	uint8_t what = take(p);

	switch (what % 3) {
	case 0:
		generation_release(t->generation);
		t->generation = generation_share(p->world->generations[what / 3 % WORLD_GENERATIONS]);
		origin_pool_empty(t->origin_pool);
		return;
	case 1:
		t->is_accepting = false;
		session_drain(world_session(p->world));
		return;
	default:
		session_abort(world_session(p->world), "stopped");
	}
}

static void (*const steps[])(struct play *p) = {
	play_turn,
	play_client_text,
	play_client_frame,
	play_turn,
	play_origin_text,
	play_origin_frame,
	play_turn,
	play_end,
	play_sleep,
	play_stall,
	play_connect,
	play_origin_choice,
	play_failure,
	play_thread,
	play_much,
	play_client_raw,
	play_origin_raw,
};

/* One client after the other: what the first left in the pool serves the next. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play play = {.world = world_get(), .at = data, .end = data + size};
	struct world *w = play.world;
	unsigned steps_left = STEPS_MAX;

	if (size < 2 || size > 4096)
		return 0;
	while (play.at < play.end && steps_left > 0) {
		uint8_t begin = take(&play);

		w->is_narrow = (begin & 4) != 0;
		w->origins_speak_http2 = (begin & 2) != 0;
		generation_release(w->thread.generation);
		w->thread.generation = generation_share(w->generations[(begin & 8) != 0]);
		world_begin(w, (begin & 1) != 0);
		for (; steps_left > 0 && play.at < play.end && world_is_alive(w); steps_left--)
			steps[take(&play) % (sizeof steps / sizeof steps[0])](&play);
		if (world_is_alive(w))
			break;
	}
	world_end(w);
	return 0;
}
