/* The transport below an exchange: one request and its response on one connection, of HTTP/1 or HTTP/2, in either role.
 * HTTP/1 has at most one stream at a time on a connection, HTTP/2 has many; nobody above this header knows.
 *
 * Bodies are pulled by the sink: the reader looks at what is there (body_peek), hands it to the other leg as far as
 * that has room (send_body), and consumes what was taken.  What is not consumed is not asked of the peer: HTTP/1
 * stops reading its socket, HTTP/2 withholds WINDOW_UPDATE for this stream alone.
 *
 * Calls into a stream never call back into the handlers synchronously, but for http_stream_pump() users: events are
 * delivered from the connection's own reading, writing, or a deferred task.  One loop thread. */
#ifndef SLUICE_HTTP_STREAM_H
#define SLUICE_HTTP_STREAM_H

#include <sys/types.h>

#include "http/error.h"
#include "http/message.h"
#include "loop/stream.h"

struct http_stream;
struct http_conn;

/* Events of one stream, delivered to whoever owns it.  Any of them may close the stream. */
struct http_stream_handlers {
	/* A response head (client role): 1xx heads may come several times before the final one. */
	void (*on_head)(void *owner, struct http_stream *s, struct http_message *head);
	/* Body bytes, the end of the body, or trailers became available: see body_peek and body_state.  Not called for
	 * a body that was already ENDED when its head was delivered. */
	void (*on_body)(void *owner, struct http_stream *s);
	/* There is room again after send_body took less than it was given. */
	void (*on_writable)(void *owner, struct http_stream *s);
	/* The stream is dead: nothing more comes or goes.  The owner still calls http_stream_close(). */
	void (*on_error)(void *owner, struct http_stream *s, enum http_error error);
};

enum http_body_state {
	HTTP_BODY_OPEN,  /* more may come */
	HTTP_BODY_ENDED, /* complete and everything was consumed; trailers, if any, are in s->trailers */
	HTTP_BODY_FAILED,
};

struct http_stream_ops {
	/* Sends a request head (client role) or a response head (server role; 1xx any number of times).  The framing on
	 * the wire follows head->body; `end` says that no body and no trailers follow.  0 or -1 where the stream died.
	 */
	int (*send_head)(struct http_stream *s, const struct http_message *head, bool end);
	/* Takes as many bytes as there is room for; 0 when there is none (on_writable follows); -1 where it died. */
	ssize_t (*send_body)(struct http_stream *s, struct slice bytes);
	/* Ends the message; trailers may be NULL.  0 or -1.  Ending it twice does no harm. */
	int (*send_end)(struct http_stream *s, const struct http_message *trailers);
	/* The body bytes at hand, contiguous (not necessarily all); empty when none.  Valid until the next call. */
	struct slice (*body_peek)(struct http_stream *s);
	void (*body_consume)(struct http_stream *s, size_t n);
	/* Both message directions become opaque bytes (after 101, or 2xx to an extended CONNECT). */
	void (*become_tunnel)(struct http_stream *s);
	/* Ends it now: RST_STREAM or, on HTTP/1, the connection is closed (an error response already queued is sent).
	 */
	void (*reset)(struct http_stream *s, enum http_error error);
	/* The owner is done with it; frees it.  Where messages are not both complete this resets. */
	void (*close)(struct http_stream *s);
};

struct http_stream {
	const struct http_stream_ops *ops;
	struct http_conn *conn;
	const struct http_stream_handlers *handlers; /* set by the owner as soon as it gets the stream */
	void *owner;
	struct arena arena;            /* owned: heads read on this stream; freed with it */
	struct http_message *request;  /* server role: the request head */
	struct http_message *trailers; /* what followed the body, filtered (RFC 9110 section 6.5), or NULL */
	enum http_body_state body_state;
	uint32_t id;      /* HTTP/2 stream id; a running number on HTTP/1 */
	uint64_t body_in; /* body bytes received, before any content decoding */
	uint64_t body_out;
};

/* Events of a connection, delivered to the session. */
struct http_conn_handlers {
	/* Server role: a request head has come.  The owner sets handlers and owner before it returns. */
	void (*on_request)(void *owner, struct http_stream *s);
	/* No stream is open any more; the connection lives. */
	void (*on_idle)(void *owner);
	/* HTTP/2, client role, may be NULL: the origin's SETTINGS have come, so `allows_websocket` is known. */
	void (*on_settings)(void *owner);
	/* Server role, may be NULL: something came that is no request.  The connection has answered it (status of
	 * http_error_status()) and closes; `line` is the start of what came, up to its first line's end, for the
	 * record. */
	void (*on_bad_request)(void *owner, enum http_error error, struct slice line);
	/* The connection is gone for new work: the peer closed, we closed, or it failed.  Streams were told before.
	 * Called once.  The owner calls http_conn_free() now or later. */
	void (*on_closed)(void *owner, enum http_error error);
};

struct http_limits {
	size_t head_max;      /* bytes of a head, HTTP/2: decoded (RFC 9113 SETTINGS_MAX_HEADER_LIST_SIZE) */
	unsigned field_max;   /* fields of a head */
	size_t target_max;    /* bytes of the request target */
	size_t buffer_max;    /* bytes held for each direction of a stream */
	unsigned streams_max; /* HTTP/2 concurrent streams */
	uint64_t head_ns;     /* server role: from the first byte of a head to its last; 0 for no limit */
};

struct http_conn_ops {
	const char *name; /* "http/1.1", "h2" */
	/* Client role: a new stream, or NULL where none can be opened now. */
	struct http_stream *(*open)(struct http_conn *c, const struct http_stream_handlers *handlers, void *owner);
	/* Finishes what is under way, then closes: Connection: close, GOAWAY. */
	void (*drain)(struct http_conn *c);
	/* Client role: no stream is open or ending, nothing is unread, unsent or owed, and the peer has not said that
	 * it goes. */
	bool (*is_quiet)(const struct http_conn *c);
	/* Server role: WebSockets are welcome from now on.  HTTP/2 says so in SETTINGS (RFC 8441 section 3); say it
	 * only where the origin can serve them, for a browser that was told so tries no other way. */
	void (*offer_websocket)(struct http_conn *c);
	/* Frees it and closes its byte stream; with an error the peer sees a reset where the protocol has no better
	 * word. No handler is called any more.  Exchanges that are still open answer -1 from now on, until they are
	 * closed. */
	void (*free)(struct http_conn *c, enum http_error error);
};

struct http_conn {
	const struct http_conn_ops *ops;
	const struct http_conn_handlers *handlers;
	void *owner;
	struct stream *io;                /* taken: closed by free; its memory belongs to the session */
	struct slice scheme;              /* "http" or "https" */
	const struct http_limits *limits; /* borrowed, outlives the connection */
	bool is_server;
	bool is_http2;
	bool is_usable;        /* client role: open() may succeed; false after any anomaly ("burnt") */
	bool allows_websocket; /* client role: HTTP/1 always; HTTP/2 once the origin's SETTINGS say so */
	unsigned streams_open;
	uint64_t streams_total;
};

/* HTTP/1 and HTTP/2 over a byte stream that is connected (and, for TLS, through its handshake).  NULL when memory is
 * out. They read and write `io` from now on and are its owner. */
struct http_conn *http1_conn_new(struct stream *io, bool is_server, struct slice scheme,
	const struct http_limits *limits, const struct http_conn_handlers *handlers, void *owner);
struct http_conn *http2_conn_new(struct stream *io, bool is_server, struct slice scheme,
	const struct http_limits *limits, const struct http_conn_handlers *handlers, void *owner);

/* Copies as much body from one stream to another as there is and fits; passes on the end and the trailers.
 * Returns true when the message was ended on `to`; call no more then.  A stream that died is told by its on_error. */
bool http_stream_pump(struct http_stream *from, struct http_stream *to);

/* The calls by name. */
static inline struct http_stream *
http_conn_open(struct http_conn *c, const struct http_stream_handlers *handlers, void *owner)
{
	return c->ops->open(c, handlers, owner);
}
static inline void
http_conn_drain(struct http_conn *c)
{
	c->ops->drain(c);
}
static inline bool
http_conn_is_quiet(const struct http_conn *c)
{
	return c->ops->is_quiet(c);
}
static inline void
http_conn_offer_websocket(struct http_conn *c)
{
	c->ops->offer_websocket(c);
}
static inline void
http_conn_free(struct http_conn *c, enum http_error error)
{
	if (c)
		c->ops->free(c, error);
}
static inline int
http_stream_send_head(struct http_stream *s, const struct http_message *head, bool end)
{
	return s->ops->send_head(s, head, end);
}
static inline ssize_t
http_stream_send_body(struct http_stream *s, struct slice bytes)
{
	return s->ops->send_body(s, bytes);
}
static inline int
http_stream_send_end(struct http_stream *s, const struct http_message *trailers)
{
	return s->ops->send_end(s, trailers);
}
static inline struct slice
http_stream_body_peek(struct http_stream *s)
{
	return s->ops->body_peek(s);
}
static inline void
http_stream_body_consume(struct http_stream *s, size_t n)
{
	s->ops->body_consume(s, n);
}
static inline void
http_stream_become_tunnel(struct http_stream *s)
{
	s->ops->become_tunnel(s);
}
static inline void
http_stream_reset(struct http_stream *s, enum http_error error)
{
	s->ops->reset(s, error);
}
static inline void
http_stream_close(struct http_stream *s)
{
	s->ops->close(s);
}

#endif
