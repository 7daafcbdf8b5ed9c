/* The inside of an HTTP/1 connection, shared by its four files alone (users see http/stream.h):
 *   h1_conn.c    its life: reading, what an end of input means, closing, idling
 *   h1_input.c   heads and bodies as they come in
 *   h1_output.c  heads and bodies as they go out, gathered and flushed once a turn
 *   h1_stream.c  the exchange as its owner sees it
 *
 * One exchange at a time.  Input is read into the thread's scratch block and handed on from there; only what nobody
 * takes at once is kept in `in`.  A pipelined request stays unparsed there until the exchange before it is closed. */
#ifndef SLUICE_HTTP_H1_CONN_H
#define SLUICE_HTTP_H1_CONN_H

#include "base/buffer.h"
#include "http/chunked.h"
#include "http/h1_head.h"
#include "http/stream.h"

/* How long an idle connection keeps its buffers. */
#define H1_IDLE_NS 1000000000u

/* What the next input byte belongs to. */
enum h1_input {
	H1_INPUT_HEAD,    /* a head, or nothing yet */
	H1_INPUT_BODY,    /* the body of the message under way, or the tunnel */
	H1_INPUT_DONE,    /* what follows the message: a pipelined request, or an anomaly in a response's case */
	H1_INPUT_DISCARD, /* nobody: our last words were said, and the peer is given time to read them */
};

struct h1_conn {
	struct http_conn base;
	struct http_stream stream; /* the exchange; lives while is_open */
	struct loop_task task;     /* flushes and does what could not be done inside a call */
	struct loop_timer timer;   /* idle: gives memory back; closing: ends the wait */

	/* input */
	struct slice view; /* unread bytes in the scratch block, while a read is under way */
	struct buffer in;  /* unread bytes that had to be kept */
	enum h1_input input;
	enum http_body_kind body_kind;
	uint64_t body_left; /* HTTP_BODY_LENGTH */
	struct chunked chunked;
	struct h1_scan scan;
	bool head_begun;        /* server role: a part of the next head has come, and its time runs */
	unsigned interim_count; /* 1xx heads of this exchange */
	size_t discarded;
	enum http_error end_error; /* how the input ended */
	bool input_ended;

	/* output */
	struct buffer out;
	enum http_body_kind out_kind;
	uint64_t out_left; /* HTTP_BODY_LENGTH */
	bool is_blocked;   /* the socket takes no more for now */
	bool owner_waits;  /* on_writable is owed */
	bool head_sent;    /* the final head */
	bool out_done;     /* the message is complete in `out` */
	bool write_failed;

	/* the exchange */
	enum http_method method; /* of the request */
	bool asked_upgrade;
	bool client_is_1_0;           /* server role */
	bool keep_alive;              /* after this exchange */
	bool is_open;                 /* the owner holds the stream */
	bool body_news;               /* on_body is owed */
	enum http_error stream_error; /* the exchange is dead */
	bool error_told;

	/* life */
	bool is_draining;
	bool is_closing;  /* flush, then shut down, discard, close */
	bool is_shut;     /* our direction was shut down */
	bool is_closed;   /* on_closed was called or is owed */
	bool tells_close; /* on_closed is owed */
	bool tells_idle;  /* on_idle is owed */
	bool is_freed;    /* by its owner; memory waits for the stream and for calls under way */
	enum http_error close_error;
	unsigned depth; /* calls into handlers under way */
};

extern const struct http_stream_ops h1_stream_ops;

static inline struct h1_conn *
h1_conn_of(struct http_stream *s)
{
	return (struct h1_conn *)s->conn;
}

/* ---- h1_conn.c ---- */

/* Bracket everything that may call a handler: the connection is freed by the last h1_leave(), if its owner freed it. */
void h1_enter(struct h1_conn *c);
void h1_leave(struct h1_conn *c);
/* Runs the connection's task at the end of the turn. */
void h1_defer(struct h1_conn *c);
/* Ends the exchange with an error (its owner is told by the task) and the connection after it. */
void h1_fail(struct h1_conn *c, enum http_error error);
/* Closes once everything was flushed and the peer had time to read it. */
void h1_close_gently(struct h1_conn *c);
/* Closes at once. */
void h1_close_now(struct h1_conn *c, enum http_error error, bool reset);
/* Computes whether input is wanted. */
void h1_update_reading(struct h1_conn *c);

/* ---- h1_input.c ---- */

/* The rest of a request head did not come in time. */
void h1_head_is_late(struct h1_conn *c);
/* Sets the exchange's state to its beginning. */
void h1_exchange_begin(struct h1_conn *c);
/* The unread input. */
struct slice h1_input_slice(const struct h1_conn *c);
/* Does what the unread input allows: parses heads, brings a body up to its next data; calls handlers. */
void h1_input_advance(struct h1_conn *c);
/* Brings framing up to the next data or the end; calls no handler. */
void h1_body_advance(struct h1_conn *c);
struct slice h1_body_slice(const struct h1_conn *c);
void h1_body_drop(struct h1_conn *c, size_t n);

/* ---- h1_output.c ---- */

/* Writes what is in `out`; false where the connection can no longer be written. */
bool h1_output_flush(struct h1_conn *c);
bool h1_output_head(struct h1_conn *c, const struct http_message *head, bool end);
ssize_t h1_output_body(struct h1_conn *c, struct slice bytes);
bool h1_output_end(struct h1_conn *c, const struct http_message *trailers);
/* A minimal answer of our own to what is no request. */
void h1_output_refusal(struct h1_conn *c, enum http_error error);

#endif
