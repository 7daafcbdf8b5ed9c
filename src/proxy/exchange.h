/* An exchange is one request and its response, whatever the HTTP version on either leg, as a table of named steps:
 *
 *     JUDGE -> FORWARD -> READ_REPLY -> JUDGE_REPLY -> DELIVER -> RECORD        any -> ANSWER_SELF -> RECORD
 *
 *   JUDGE        policy looks at the request head, and holds the body's beginning where a rule must read it
 *   FORWARD      waits for an origin connection, sends the request; its body flows on through the steps that follow
 *   READ_REPLY   waits for the response head; interim responses (1xx) are passed on
 *   JUDGE_REPLY  policy looks at the response head, and holds the body's beginning where a rule must read it
 *   DELIVER      body and trailers flow to the client, pulled by it
 *   ANSWER_SELF  the proxy's own answer: a block page, an error
 *   RECORD       writes the record; the exchange is freed
 *
 * Bodies are pulled by their sink; nothing is buffered here but what a rule holds.  One loop thread. */
#ifndef SLUICE_PROXY_EXCHANGE_H
#define SLUICE_PROXY_EXCHANGE_H

#include "http/stream.h"
#include "http/uri.h"
#include "http/websocket.h"
#include "policy/evaluate.h"
#include "proxy/content.h"
#include "proxy/pages.h"
#include "proxy/search.h"
#include "proxy/session.h"

enum exchange_step {
	EXCHANGE_JUDGE,
	EXCHANGE_FORWARD,
	EXCHANGE_READ_REPLY,
	EXCHANGE_JUDGE_REPLY,
	EXCHANGE_DELIVER,
	EXCHANGE_ANSWER_SELF,
	EXCHANGE_RECORD,
	EXCHANGE_STEPS,
};

/* How far the client got with the warning of a rule. */
enum exchange_warning { EXCHANGE_NOT_WARNED, EXCHANGE_WARNED, EXCHANGE_FOLLOWS_WARNING, EXCHANGE_WARNING_ACCEPTED };

/* One direction of an exchange: a body on its way from one leg to the other. */
struct exchange_flow {
	bool is_started; /* the head went out */
	bool is_ended;   /* the end went out */
};

struct exchange {
	struct session *session;
	struct generation *generation; /* a reference: whose rules judge it; the session's may be older */
	struct list_node node;         /* in session->exchanges */
	struct list_node waiting;      /* in session->waiting while FORWARD wants a connection */
	struct identity identity;      /* of the client, as it is now */
	uint64_t number;               /* from 1 within the session */
	enum exchange_step step;
	struct loop_timer deadline; /* no progress for too long */
	uint64_t started;           /* monotonic ns */
	uint64_t started_real;
	uint64_t request_sent; /* monotonic ns */
	uint64_t replied;      /* monotonic ns of the response head */

	struct http_stream *client;
	struct http_stream *origin;   /* NULL until FORWARD, and after it was given up */
	struct http_message *request; /* as received; in the client stream's arena */
	struct http_message *reply;   /* as received; in the origin stream's arena */
	struct http_message onward;   /* the request as sent */
	struct http_message back;     /* the response as sent */
	char host[HOST_NAME_LEN_MAX + 1]; /* canonical host of the request, for policy and records */
	uint16_t port;
	struct slice judged_path; /* the path as policy compares it, once it was asked for */

	struct exchange_flow upload;
	uint64_t waiting_since; /* monotonic ns: for the client to send more of its body; 0 while it is not */
	uint64_t waited;        /* ns, in all */
	struct exchange_flow download;
	struct verdict verdict;
	struct verdict upload_verdict; /* of what the client sends; its monitor rules are recorded, too */
	struct content content;        /* the response's body under policy's eyes */
	struct content sent;           /* the request's body, likewise */
	struct search search;
	struct loop_timer hold; /* how long the beginning of either may be held */
	struct page page;       /* ANSWER_SELF */
	size_t page_sent;
	unsigned tries; /* requests sent on origin connections that died without an answer */
	bool origin_was_reused;
	bool is_websocket;
	bool is_tunnel;                     /* after 101 or an extended CONNECT */
	struct websocket_counter frames[2]; /* from the client, from the origin */
	bool is_truncated;
	uint64_t
		reply_length; /* of the response's body, as its head says; UINT64_MAX where it does not, or none came */
	bool reply_is_exempt; /* nothing of it is for policy */
	unsigned status;      /* as sent to the client; 0 while none was */
	uint64_t body_in;     /* request body bytes */
	uint64_t body_out;    /* response body bytes delivered */
	const char *error;    /* a literal, or NULL */
	enum exchange_warning warning;
	struct override_form
		*form;     /* a code that is sent; in the client stream's arena; NULL for what is no such request */
	unsigned enforced; /* ENFORCE_BIT()s of what the request was made to say */
};

/* A request arrived on the client's connection.  Takes over the stream. */
void exchange_start(struct session *s, struct http_stream *client);
/* For an exchange in session->waiting: the origin connection can carry it now. */
void exchange_on_origin(struct exchange *x);
/* ... or there is none to be had. */
void exchange_on_no_origin(struct exchange *x, enum origin_error error);
/* Whether a connection that may be gone already can be tried with it: sent once more it does no harm (RFC 9110 section
 * 9.2.2), it is whole on our side, and it was not sent in vain before. */
bool exchange_may_be_repeated(const struct exchange *x);
/* Cuts it off and records it. */
void exchange_cut(struct exchange *x, const char *reason);
/* Frees what a thread keeps for its next exchanges. */
void exchanges_trim(struct proxy_thread *t);
const char *exchange_step_name(enum exchange_step step);

#endif
