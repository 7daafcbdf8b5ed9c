/* Where an exchange meets a warning: has its client been warned, what link leads on, and where does that link lead back
 * to.  Sets x->warning for the record; answers nothing itself. */
#ifndef SLUICE_PROXY_WARN_EXCHANGE_H
#define SLUICE_PROXY_WARN_EXCHANGE_H

#include "proxy/exchange.h"

/* Whether the rule of x->verdict warns, and this client went on after its warning. */
bool warn_exchange_is_accepted(struct exchange *x);
/* The link for the page of a warning; empty where there is none to give. */
struct slice warn_exchange_link(struct exchange *x);
/* Follows the link that is the request's path.  The absolute URL to send the client to, in the client stream's arena;
 * ptr is NULL when memory is out. */
struct slice warn_exchange_follow(struct exchange *x);

#endif
