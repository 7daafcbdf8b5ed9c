/* What the files of the session share among themselves: session.c (the life and its table), session_peek.c (PEEK,
 * ROUTE), session_dial.c, session_mint.c, session_greet.c, session_serve.c (SERVE, TUNNEL, REFUSE). */
#ifndef SLUICE_PROXY_SESSION_STEPS_H
#define SLUICE_PROXY_SESSION_STEPS_H

#include "proxy/session.h"

enum step_result {
	STEP_NEXT, /* session_go() named the next step: run it now */
	STEP_WAIT, /* an event or the deadline calls this step again */
	STEP_END,  /* session_over() was called */
};

/* Each enters with its step set; in- and out-edges are in the table of session.c. */
enum step_result step_peek(struct session *s);
enum step_result step_route(struct session *s);
enum step_result step_dial(struct session *s);
enum step_result step_mint(struct session *s);
enum step_result step_greet(struct session *s);
enum step_result step_serve(struct session *s);
enum step_result step_tunnel(struct session *s);
enum step_result step_refuse(struct session *s);

/* What a step does when its deadline has passed. */
enum step_result late_peek(struct session *s);
enum step_result late_greet(struct session *s);
enum step_result late_serve(struct session *s);

/* Moves on: sets the step and its deadline. */
enum step_result session_go(struct session *s, enum session_step step);
/* Ends the session with a reason (a literal); recorded if nothing was yet. */
enum step_result session_over(struct session *s, const char *reason);
/* The same; a client that was not greeted yet is told why (RFC 8446 section 6). */
enum step_result session_over_with_alert(struct session *s, uint8_t alert, const char *reason);
/* Runs the current step until it waits or ends: from every event. */
void session_run(struct session *s);

/* Where this flow goes, in the session's own texts. */
struct origin_target session_target(const struct session *s, bool is_tls);
/* Starts the origin connection that this flow wants; `is_tls` false for tunnels and plain HTTP. */
void session_dial(struct session *s, bool is_tls);
void session_on_origin(struct origin *o);
/* session_dial.c: what the next client of this origin may be greeted by, beside its dial. */
void session_remember_hint(struct session *s);
/* Once both legs stand: whether a hybrid group was agreed on for each (SECURITY row 68).  Where the OpenSSL found has
 * none, none was offered. */
void session_compare_groups(struct session *s);
/* The socket's error, bytes and handlers while the session itself reads it (PEEK, GREET). */
extern const struct stream_events session_stream_events;

/* session_bypass.c: the issuer of our leaves, as a number that differs from others'. */
uint64_t session_issuer(const struct session *s);
/* The hello carries ECH under a name that many sites are known to hide behind: whom it is for is not known. */
bool session_hides_its_name(const struct session *s);
/* Whether a bypass applies that policy allows: s->bypass says which. */
bool session_take_bypass(struct session *s);
/* The client makes use of our leaf: it has sent a request.  Once for a session. */
void session_note_accepted(struct session *s);
/* The client refused our leaf by that alert. */
void session_note_refusal(struct session *s, int alert);
/* The origin, verified, demands a certificate of the client, which only the client has. */
void session_note_client_certificate(struct session *s);

/* session_greet.c: the client has said that it wanted the name that ECH hid. */
bool session_is_ech_retry(const struct session *s);
/* Ends the session for that, which is no failure. */
enum step_result session_ech_retry(struct session *s);

/* session_mint.c: whether a page can be shown under a leaf of ours to this client, for the name it asked for. */
bool session_may_show_page(struct session *s);
/* Lets go of leaf, key and request; others who wait for the leaf are told that it will not come. */
void session_release_mint(struct session *s);

/* session_serve.c: a connection that has served another flow and is READY; false where there is none. */
bool session_take_pooled(struct session *s, bool is_tls);
/* The session can do without its origin's connection: it is kept for others, or closed.  The origin is IDLE then. */
void session_part_with_origin(struct session *s);
/* HTTP on the origin's connection; false when memory is out. */
bool session_origin_serve(struct session *s);
/* A dial that exchanges wait for has ended. */
void session_origin_dialled(struct session *s);
void session_on_redial(struct loop_task *task);
void session_on_origin_rest(struct loop_timer *timer);
/* The session is not idle any more: it keeps its connection to the origin. */
void session_end_rest(struct session *s);

/* session_serve.c: every exchange is cut off and recorded. */
void session_cut_exchanges(struct session *s, const char *reason);

#endif
