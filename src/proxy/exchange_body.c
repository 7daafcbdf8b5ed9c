/* Bodies of an exchange on their way from one leg to the other, pulled by their sink, read by policy where it asks. */
#include "base/clock.h"
#include "proxy/exchange_steps.h"
#include "proxy/generation.h"
#include "proxy/judge.h"

enum pump { PUMP_FLOWS, PUMP_READ, PUMP_ENDED, PUMP_SOURCE_FAILED, PUMP_SINK_FAILED };

/* Who looks at what passes; each may be NULL. */
struct watchers {
	struct content *content; /* what it held goes first */
	struct websocket_counter *frames;
};

/* Moves what there is, as far as the sink has room.  PUMP_READ: more of a body that somebody looks at was read, or its
 * end; it is not moved before the verdict was asked, and the call is to be made again. */
static enum pump
pump(struct http_stream *from, struct http_stream *to, struct exchange_flow *flow, struct watchers watchers)
{
	struct content *content = watchers.content;

	if (flow->is_ended)
		return PUMP_ENDED;
	while (content && buffer_len(&content->held) > 0) {
		ssize_t n = to->ops->send_body(to, buffer_slice(&content->held));

		if (n < 0)
			return PUMP_SINK_FAILED;
		if (n == 0)
			return PUMP_FLOWS;
		buffer_consume(&content->held, (size_t)n);
	}
	for (;;) {
		struct slice bytes = from->ops->body_peek(from);
		ssize_t n;

		if (bytes.len == 0)
			break;
		if (content && content_read_ahead(content, bytes))
			return PUMP_READ;
		n = to->ops->send_body(to, bytes);
		if (n < 0)
			return PUMP_SINK_FAILED;
		if (n == 0)
			return PUMP_FLOWS;
		if (content)
			content_sent(content, (size_t)n);
		if (watchers.frames)
			websocket_count(watchers.frames, slice_sub(bytes, 0, (size_t)n));
		from->ops->body_consume(from, (size_t)n);
	}
	switch (from->body_state) {
	case HTTP_BODY_FAILED:
		return PUMP_SOURCE_FAILED;
	case HTTP_BODY_OPEN:
		return PUMP_FLOWS;
	case HTTP_BODY_ENDED:
		break;
	}
	if (content && !content->is_whole) {
		content_end(content);
		return PUMP_READ;
	}
	if (to->ops->send_end(to, from->trailers) < 0)
		return PUMP_SINK_FAILED;
	flow->is_ended = true;
	return PUMP_ENDED;
}

/* A body that comes so slowly that it only holds the place (SEC-145).  What counts is the time that was spent waiting
 * for the client, not for its origin; and not where both may have nothing to say for long, as in gRPC. */
static bool
upload_is_too_slow(struct exchange *x)
{
	const struct conf *conf = x->generation->conf;
	uint64_t now = loop_now(x->session->thread->loop);
	bool is_bounded = x->request->body == HTTP_BODY_LENGTH ||
			  (x->request->body == HTTP_BODY_CHUNKED && x->request->version != HTTP_VERSION_2 && !x->reply);

	if (x->waiting_since) {
		x->waited += now - x->waiting_since;
		x->waiting_since = 0;
	}
	return is_bounded && x->waited > conf->limits.header_ns &&
	       x->client->body_in < (x->waited - conf->limits.header_ns) * conf->limits.body_rate / 1000000000u;
}

bool
exchange_pump_upload(struct exchange *x)
{
	struct watchers watchers = {
		.content = x->sent.is_open ? &x->sent : NULL,
		.frames = x->is_tunnel && x->is_websocket ? &x->frames[0] : NULL,
	};
	enum pump moved;

	if (!x->upload.is_started || x->upload.is_ended || x->origin == NULL || (x->is_websocket && !x->is_tunnel))
		return true;
	exchange_progress(x);
	if (upload_is_too_slow(x)) {
		counter_add(&x->session->thread->counters.timeouts, 1);
		exchange_end(x, "client sends its body too slowly");
		return false;
	}
	/* A rule may still come true behind the hold: the origin then never sees the request's end. */
	while ((moved = pump(x->client, x->origin, &x->upload, watchers)) == PUMP_READ)
		if (judge_sent(x) && exchange_answer_verdict(x))
			return false;
	switch (moved) {
	case PUMP_SOURCE_FAILED:
		exchange_end(x, "client ended inside its request");
		return false;
	case PUMP_READ:
	case PUMP_FLOWS:
		if (x->client->ops->body_peek(x->client).len == 0)
			x->waiting_since = loop_now(x->session->thread->loop);
		return true;
	case PUMP_SINK_FAILED: /* on_error of that stream tells the rest */
		return true;
	case PUMP_ENDED:
		x->request_sent = clock_monotonic_ns();
		if (!x->download.is_ended)
			return true;
		/* A tunnel whose other half ended first. */
		exchange_end(x, NULL);
		return false;
	}
	return true;
}

void
exchange_end_upload_early(struct exchange *x)
{
	x->upload.is_ended = true;
	x->session->origin->is_burnt = true; /* the rest of the request is still owed to it */
}

bool
exchange_pump_download(struct exchange *x)
{
	struct watchers watchers = {
		.content = x->content.is_open ? &x->content : NULL,
		.frames = x->is_tunnel && x->is_websocket ? &x->frames[1] : NULL,
	};
	enum pump moved;

	if (!x->download.is_started || x->origin == NULL)
		return true;
	exchange_progress(x);
	/* A rule may still come true behind the hold. */
	while ((moved = pump(x->origin, x->client, &x->download, watchers)) == PUMP_READ) {
		judge_content(x, &x->verdict);
		if (exchange_answer_verdict(x))
			return false;
	}
	switch (moved) {
	case PUMP_SOURCE_FAILED:
		x->is_truncated = true;
		exchange_end(x, "origin ended inside its response");
		return false;
	case PUMP_SINK_FAILED:
	case PUMP_READ:
	case PUMP_FLOWS:
		return true;
	case PUMP_ENDED:
		break;
	}
	/* An answer before the request was read to its end: nobody waits for the rest (RFC 9112 section 9.5). */
	if (!x->upload.is_ended && !x->is_tunnel)
		exchange_end_upload_early(x);
	if (!x->upload.is_ended)
		return true;
	exchange_end(x, NULL);
	return false;
}
