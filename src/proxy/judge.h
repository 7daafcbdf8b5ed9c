/* Joins sessions and exchanges to policy: gathers facts, asks the evaluator, and says nothing itself. */
#ifndef SLUICE_PROXY_JUDGE_H
#define SLUICE_PROXY_JUDGE_H

#include "proxy/exchange.h"
#include "proxy/session.h"

#define JUDGE_ISSUER_MAX 256

/* What rules ask of an origin's certificate, at facts->time; facts borrow the issuer, as one line of text. */
void judge_certificate(X509 *certificate, struct facts *facts, char issuer[JUDGE_ISSUER_MAX]);
/* By the first bytes alone. */
void judge_connection(struct session *s, struct verdict *verdict);
/* Whether policy lets this flow be passed although no rule passes it (policy_may_bypass()). */
bool judge_allows_bypass(struct session *s);
/* Once the origin's certificate was seen, before anything is decrypted. */
void judge_origin(struct session *s, struct verdict *verdict);
/* What is spoken inside, as enum fact_application bits. */
uint32_t judge_application(const struct http_message *request);
/* By the request head. */
void judge_request(struct exchange *x, struct verdict *verdict);
/* By the response head.  From here on, what was decided stays, and monitor rules that waited are noted. */
void judge_reply(struct exchange *x, struct verdict *verdict);

/* By the request head once more, when the posted search form was read. */
void judge_searched(struct exchange *x, struct verdict *verdict);
/* By what was seen of the request's body so far; true where that stops the exchange, whose verdict it is then. */
bool judge_sent(struct exchange *x);
/* By what was seen of the response's body so far; asks only where that may say more than before. */
void judge_content(struct exchange *x, struct verdict *verdict);

#endif
