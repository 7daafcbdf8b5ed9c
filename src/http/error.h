/* Why a message, stream or connection ended before its time, and what to tell the peer of it.  One table: the name for
 * records and counters, the HTTP/1 status where one can still be sent, and the HTTP/2 code (RFC 9113 section 7). */
#ifndef SLUICE_HTTP_ERROR_H
#define SLUICE_HTTP_ERROR_H

#include <stdint.h>

enum http_error {
	HTTP_OK,
	HTTP_ERR_PROTOCOL,     /* malformed message: 400 */
	HTTP_ERR_FRAMING,      /* ambiguous or forbidden framing: 400, connection burnt */
	HTTP_ERR_TOO_LARGE,    /* head over its limit: 431 */
	HTTP_ERR_URI_TOO_LONG, /* 414 */
	HTTP_ERR_UNSUPPORTED,  /* transfer coding or method form not served: 501 */
	HTTP_ERR_VERSION,      /* HTTP version not served: 505 */
	HTTP_ERR_TRUNCATED,    /* the peer ended inside a message */
	HTTP_ERR_RESET,        /* the peer reset the connection or stream */
	HTTP_ERR_REFUSED,      /* not processed at all (REFUSED_STREAM, GOAWAY): safe to retry */
	HTTP_ERR_TIMEOUT,
	HTTP_ERR_SLOW,   /* the client takes too long over its message: 408 */
	HTTP_ERR_CANCEL, /* we, or the peer in so many words, no longer want it */
	HTTP_ERR_FLOOD,  /* a counted limit was passed: ENHANCE_YOUR_CALM */
	HTTP_ERR_HTTP_1_1_REQUIRED,
	HTTP_ERR_INTERNAL,
	HTTP_ERR_COUNT,
};

/* "protocol", "framing", ...: stable, for records and metrics. */
const char *http_error_name(enum http_error error);
/* The status of a response that tells the client of it; 502 stands for faults that the origin alone can have. */
unsigned http_error_status(enum http_error error);
/* The code for RST_STREAM or GOAWAY, and back from one that was received (any value; unknown ones are RESET). */
uint32_t http_error_to_h2(enum http_error error);
enum http_error http_error_from_h2(uint32_t code);

#endif
