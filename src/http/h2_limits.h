/* What an HTTP/2 peer may do for nothing: counted limits on events that cost us work and the peer a few bytes.  A token
 * bucket each, refilled by the loop's time; an empty one ends the connection with ENHANCE_YOUR_CALM.  Pure.
 *
 * They answer CVE-2019-9511 to 9518 (PING, SETTINGS, PRIORITY, empty DATA floods), CVE-2023-44487 (rapid reset) and
 * CVE-2025-8671 (resets that the server is made to send): H2_EVENT_ABORT counts every stream that ended before its
 * exchange was complete, whoever reset it. */
#ifndef SLUICE_HTTP_H2_LIMITS_H
#define SLUICE_HTTP_H2_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum h2_event {
	H2_EVENT_ABORT,
	H2_EVENT_PING,
	H2_EVENT_SETTINGS,
	H2_EVENT_PRIORITY,
	H2_EVENT_EMPTY_DATA,
	H2_EVENT_WINDOW_UPDATE,
	H2_EVENT_OTHER, /* unknown frame types */
	H2_EVENT_COUNT,
};

struct h2_limits {
	uint64_t filled_at; /* monotonic ns of the last refill; 0 before the first */
	uint32_t tokens[H2_EVENT_COUNT];
};

void h2_limits_init(struct h2_limits *l, uint64_t now);
/* Counts one event; false where the peer has used up what it may. */
bool h2_limits_take(struct h2_limits *l, enum h2_event event, uint64_t now);
/* "abort", "ping", ...: for records. */
const char *h2_event_name(enum h2_event event);

#endif
