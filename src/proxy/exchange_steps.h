/* What the files of the exchange share among themselves: exchange.c (the life, JUDGE, and the client's stream),
 * exchange_origin.c (the origin's stream), exchange_body.c (bodies), exchange_upload.c (the request's body, where rules
 * ask for it), exchange_answer.c (ANSWER_SELF), exchange_code.c (override codes), exchange_heads.c (the heads that are
 * sent on, made from those that came). */
#ifndef SLUICE_PROXY_EXCHANGE_STEPS_H
#define SLUICE_PROXY_EXCHANGE_STEPS_H

#include "proxy/exchange.h"

/* Something moved: the deadline begins anew. */
void exchange_progress(struct exchange *x);
/* Gives the origin's stream up; what was not whole is reset. */
void exchange_drop_origin(struct exchange *x);
/* RECORD: the exchange is recorded and freed; error is a literal, or NULL where all went well. */
void exchange_end(struct exchange *x, const char *error);

/* A verdict that is an answer of ours is given; false where what was judged may go on. */
bool exchange_answer_verdict(struct exchange *x);
/* JUDGE: the request is judged, again where more of it has come, and answered or sent on. */
void exchange_judge(struct exchange *x);

/* exchange_origin.c.  FORWARD: waits for an origin connection. */
void exchange_forward(struct exchange *x);
/* Takes what came of a body into the hold, as far as there is room; false when memory is out. */
bool exchange_take_held(struct http_stream *from, struct content *c);
/* What is held, of the request or of the response, was held for as long as it may be. */
void exchange_on_hold_over(struct loop_timer *timer);

/* exchange_body.c: moves what there is of the request's body, or of the response's.  False when the exchange is gone.
 */
bool exchange_pump_upload(struct exchange *x);
bool exchange_pump_download(struct exchange *x);
/* The answer is whole, and the rest of the request is not waited for. */
void exchange_end_upload_early(struct exchange *x);

/* exchange_upload.c: a client that waits to be asked for the body (RFC 9110 section 10.1.1) is asked by us, for nothing
 * would come to be looked at.  False where it is gone. */
bool exchange_ask_for_body(struct exchange *x);
/* Begins to read the request's body.  True where it is held (or the exchange has ended): forwarding
 * follows. */
bool exchange_upload_begin(struct exchange *x);
/* More of it came. */
void exchange_upload_hold(struct exchange *x);
/* It was held for as long as it may be. */
void exchange_upload_hold_over(struct exchange *x);

/* Answers with a page of ours; may end the exchange. */
void exchange_answer(struct exchange *x, enum page_kind kind, struct slice detail);
/* Answers who clicked through a warning: back to where it came up. */
void exchange_follow_warning(struct exchange *x);
/* exchange_code.c: answers who sends an override code: on to what was blocked, or with the page again. */
void exchange_take_code(struct exchange *x);
/* More of its form came. */
void exchange_read_form(struct exchange *x);
/* The block that its connection is good for alone was lifted: sends the client there on another one.  False where it
 * was not. */
bool exchange_leave_page(struct exchange *x);
/* Sends the client to an absolute URL (ptr NULL: memory is out), which lives in the client stream's arena. */
void exchange_redirect(struct exchange *x, struct slice url);
/* Says that the origin failed, or cuts off what was shown in part. */
void exchange_fail(struct exchange *x, enum page_kind kind, const char *error);
/* There is room again for the page. */
void exchange_answer_pump(struct exchange *x);

/* False for a body of no bytes, which is sent with its head. */
bool exchange_has_body(const struct http_message *m);
/* x->onward from x->request, for the version that the origin speaks; false when memory is out. */
bool exchange_prepare_request(struct exchange *x);
/* x->back from x->reply. */
bool exchange_prepare_reply(struct exchange *x);
/* The same for an interim response. */
bool exchange_prepare_interim(struct exchange *x, const struct http_message *head, struct http_message *interim);

#endif
