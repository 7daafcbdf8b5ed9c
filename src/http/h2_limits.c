/* Token buckets against HTTP/2 floods.  See h2_limits.h. */
#include "http/h2_limits.h"

#define SECOND_NS 1000000000u

/* Browsers cancel a page's worth of streams at once, gRPC pings with every window, and both are far below these. */
static const struct {
	const char *name;
	uint32_t burst;
	uint32_t per_second;
} rows[H2_EVENT_COUNT] = {
	[H2_EVENT_ABORT] = {"abort", 500, 100},
	[H2_EVENT_PING] = {"ping", 500, 100},
	[H2_EVENT_SETTINGS] = {"settings", 50, 5},
	[H2_EVENT_PRIORITY] = {"priority", 2000, 500},
	[H2_EVENT_EMPTY_DATA] = {"empty_data", 500, 100},
	[H2_EVENT_WINDOW_UPDATE] = {"window_update", 100000, 50000},
	[H2_EVENT_OTHER] = {"other", 500, 100},
};

void
h2_limits_init(struct h2_limits *l, uint64_t now)
{
	l->filled_at = now;
	for (int i = 0; i < H2_EVENT_COUNT; i++)
		l->tokens[i] = rows[i].burst;
}

/* Once a second at most, so that a flood pays for no divisions. */
static void
refill(struct h2_limits *l, uint64_t now)
{
	uint64_t seconds = (now - l->filled_at) / SECOND_NS;

	l->filled_at += seconds * SECOND_NS;
	for (int i = 0; i < H2_EVENT_COUNT; i++) {
		uint64_t tokens = l->tokens[i] + (seconds < 3600 ? seconds : 3600) * rows[i].per_second;

		l->tokens[i] = tokens < rows[i].burst ? (uint32_t)tokens : rows[i].burst;
	}
}

bool
h2_limits_take(struct h2_limits *l, enum h2_event event, uint64_t now)
{
	if (now > l->filled_at && now - l->filled_at >= SECOND_NS)
		refill(l, now);
	if (l->tokens[event] == 0)
		return false;
	l->tokens[event]--;
	return true;
}

const char *
h2_event_name(enum h2_event event)
{
	return (unsigned)event < H2_EVENT_COUNT ? rows[event].name : "unknown";
}
