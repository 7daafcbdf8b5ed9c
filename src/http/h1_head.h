/* The HTTP/1 head parser (RFC 9112 sections 2 to 5), strict on purpose: every leniency of a parser is a difference from
 * the next one, and differences are what request smuggling is made of.  Refused: bare CR, bare LF, NUL and other
 * controls, obs-fold, white space before a colon, an empty name, more or other white space than one SP in the start
 * line, missing or doubled or malformed Host, a Host that disagrees with the target.
 *
 * Finding the end is restartable and looks at each byte once; parsing then works on the whole head.  Neither decides on
 * body framing: that is http/framing.h alone. */
#ifndef SLUICE_HTTP_H1_HEAD_H
#define SLUICE_HTTP_H1_HEAD_H

#include "base/parse.h"
#include "http/error.h"
#include "http/message.h"

struct h1_head_limits {
	size_t head_max;    /* bytes of the whole head: 431 above it */
	size_t target_max;  /* bytes of the request target: 414 above it */
	unsigned field_max; /* fields: 431 above it */
};

/* Where the search for the end of a head stands.  Zero it for each head. */
struct h1_scan {
	size_t at;   /* everything before was looked at */
	size_t line; /* start of the line under way */
};

/* Looks for the empty line that ends a head, at the start of `bytes` (which grows from call to call).
 * PARSE_DONE: *len is the length with the empty line.  PARSE_BAD: *error says why.
 * `is_first` allows one CRLF before a request line (RFC 9112 section 2.2); it is counted in *len.
 * Trailers are ended the same way: an empty section is a CRLF alone, so pass false for them. */
enum parse h1_head_find(struct h1_scan *scan, struct slice bytes, const struct h1_head_limits *limits, bool is_request,
	size_t *len, enum http_error *error);
enum parse h1_trailers_find(struct h1_scan *scan, struct slice bytes, const struct h1_head_limits *limits, size_t *len,
	enum http_error *error);

/* Parses a whole head as h1_head_find() delimited it.  Copies it into m->arena, so the input may go.  `scheme` is the
 * connection's.  On HTTP_OK the model is complete but for its framing; Host is taken out of the fields. */
enum http_error h1_request_parse(
	struct slice head, const struct h1_head_limits *limits, struct slice scheme, struct http_message *m);
enum http_error h1_response_parse(struct slice head, const struct h1_head_limits *limits, struct http_message *m);
/* Parses a trailer section into the fields of m. */
enum http_error h1_trailers_parse(struct slice section, const struct h1_head_limits *limits, struct http_message *m);

#endif
