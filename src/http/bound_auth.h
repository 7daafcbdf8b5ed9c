/* Authentication that belongs to a connection instead of a request (RFC 9110 section 11.7 warns of it; RFC 4559): once
 * NTLM or Negotiate has run on a connection, its server takes whatever comes there for that user's.  Such a connection
 * must never serve anybody else. */
#ifndef SLUICE_HTTP_BOUND_AUTH_H
#define SLUICE_HTTP_BOUND_AUTH_H

#include "http/message.h"

/* Whether a request's credentials, or a response's challenges, are or may be of that kind.  Credentials of a scheme
 * that is not known to go with each request count as such.  Costs a walk over the fields. */
bool http_binds_connection(const struct http_message *m);

#endif
