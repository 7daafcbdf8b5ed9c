/* The inside of an HTTP/2 connection over libnghttp2, shared by its files alone (users see http/stream.h):
 *   h2_conn.c    its life: reading, writing, limits, closing
 *   h2_recv.c    what nghttp2 tells of the peer's frames
 *   h2_head.c    the model from header fields and back
 *   h2_stream.c  a stream as its owner sees it, and its output
 *
 * Flow control is ours: nghttp2 sends no WINDOW_UPDATE but for what the sink has consumed, so a slow stream stops its
 * own peer's stream within one window.  Handlers may be called from inside nghttp2's receive callbacks, where a
 * connection can be freed by its owner; nghttp2's session outlives that until the call has returned. */
#ifndef SLUICE_HTTP_H2_CONN_H
#define SLUICE_HTTP_H2_CONN_H

#include <nghttp2/nghttp2.h>

#include "base/buffer.h"
#include "base/list.h"
#include "http/h2_frames.h"
#include "http/h2_limits.h"
#include "http/stream.h"

/* What is gathered before it is written. */
#define H2_OUT_MAX 65536
/* Room for nghttp2's own frames on top. */
#define H2_OUT_SPARE 131072
/* A stream's window is what may be held for it, but no less than the protocol's default. */
#define H2_WINDOW_MIN 65535
/* All streams of a connection together hold no more than this while their sinks are slow. */
#define H2_CONN_WINDOW (2 << 20)
/* Finished streams whose memory waits for the next ones. */
#define H2_SPARE_STREAMS 32

struct h2_stream {
	struct http_stream base;
	struct list_node node;     /* in conn.streams, or in conn.spare */
	struct list_node writable; /* in conn.writable while on_writable is owed */

	/* input */
	struct slice view;         /* body bytes in the read block, during their callback */
	struct buffer in;          /* body bytes that had to be kept; at most a window */
	struct http_message *head; /* under way */
	unsigned interim_count;
	size_t head_size;  /* decoded, as RFC 9113 section 10.5.1 counts */
	bool head_refused; /* the head under way is malformed: the stream will be reset */
	bool got_head;     /* the final head came: the next one is a trailer section */
	bool input_ended;  /* END_STREAM */
	enum http_method method;

	/* output */
	struct buffer out;
	const struct http_message *trailers; /* copied into the arena by send_end */
	bool head_sent;                      /* the final head */
	bool out_ended;                      /* send_end was called, or the head ended it */
	bool end_sent;                       /* END_STREAM went out */
	bool is_deferred;                    /* nghttp2 waits for h2_stream_wake() */
	bool owner_waits;

	bool has_owner; /* until http_stream_close() */
	bool is_gone;   /* nghttp2 knows it no more */
	bool is_dead;   /* on_error was called, or the owner reset it */
	bool is_tunnel;
};

struct h2_conn {
	struct http_conn base;
	nghttp2_session *session;
	struct loop_task task;
	struct loop_timer timer;
	struct buffer out;
	struct list_node streams;
	struct list_node writable;
	struct list_node spare;
	unsigned spare_count;
	struct h2_limits limits;
	struct h2_frames frames;      /* server role */
	struct loop_timer head_timer; /* armed while a header section waits for its end */
	size_t held; /* body bytes in all streams' `out` */
	uint32_t window;
	bool is_blocked;
	bool has_streams; /* streams were open since on_idle was last told */
	bool is_draining;
	bool owes_goaway; /* the notice went out; what is under way then is still served */
	bool said_goaway; /* with the last stream id that is served */
	bool is_closing;  /* flush, then close */
	bool is_closed;
	bool tells_close;
	bool is_freed;
	enum http_error close_error;
	unsigned depth;
};

static inline struct h2_conn *
h2_conn_of(struct http_stream *s)
{
	return (struct h2_conn *)s->conn;
}

static inline struct h2_stream *
h2_stream_of(struct http_stream *s)
{
	return (struct h2_stream *)s;
}

/* ---- h2_conn.c ---- */

/* Flushes and does what is owed at the end of the turn. */
void h2_defer(struct h2_conn *c);
/* Frees it where its owner did and nothing holds it any more. */
void h2_conn_release(struct h2_conn *c);
/* Counts an event; where the limit is passed the connection says GOAWAY and is closed. */
bool h2_count(struct h2_conn *c, enum h2_event event);
/* Streams without an owner are given a while to be sent, once there are no others. */
void h2_conn_linger(struct h2_conn *c);
/* Says GOAWAY with the error and closes. */
void h2_conn_fail(struct h2_conn *c, enum http_error error);

/* ---- h2_recv.c ---- */

/* NULL when memory is out. */
nghttp2_session *h2_session_new(struct h2_conn *c);

/* ---- h2_head.c ---- */

/* Adds one field, pseudo-fields included; false where it makes the head malformed. */
bool h2_head_add(struct h2_stream *s, struct slice name, struct slice value, bool is_trailer);
/* Looks at the whole head and frames it. */
enum http_error h2_request_check(struct h2_conn *c, struct http_message *m, bool ends_here);
enum http_error h2_response_check(struct http_message *m, enum http_method method, bool ends_here);
/* Hands the head to nghttp2 (1xx, final, or request).  0 or negative. */
int h2_head_submit(struct h2_conn *c, struct h2_stream *s, const struct http_message *m, bool end);
int h2_trailers_submit(struct h2_conn *c, struct h2_stream *s, const struct http_message *m);

/* ---- h2_stream.c ---- */

extern const struct http_stream_ops h2_stream_ops;

struct h2_stream *h2_stream_new(struct h2_conn *c);
/* nghttp2 is done with it: the owner is told where its exchange was not complete. */
void h2_stream_gone(struct h2_stream *s, enum http_error error);
/* Tells its owner that it is dead. */
void h2_stream_die(struct h2_stream *s, enum http_error error);
/* Body bytes or the end came. */
void h2_stream_input(struct h2_stream *s, struct slice bytes);
/* Frees every spare stream. */
void h2_streams_trim(struct h2_conn *c);
/* Calls on_writable where it is owed and there is room. */
void h2_streams_tell_writable(struct h2_conn *c);
/* nghttp2's source of DATA frames. */
ssize_t h2_data_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t room, uint32_t *flags,
	nghttp2_data_source *source, void *user);
int h2_data_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t len,
	nghttp2_data_source *source, void *user);

#endif
