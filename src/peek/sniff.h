/* Says which protocol the first bytes of a connection belong to.  The bytes are looked at with MSG_PEEK, so they
 * always start at byte 0 and nothing is consumed.  A client that stays silent, and a server that speaks first, are
 * time-outs of the caller; this only reads what is there.
 *
 * The answer leans towards TLS and HTTP: what looks like either, however broken, is named so, and their strict parsers
 * then refuse it.  Called "other" it might be relayed unread, which is what somebody who breaks it wants. */
#ifndef SLUICE_PEEK_SNIFF_H
#define SLUICE_PEEK_SNIFF_H

#include "base/parse.h"
#include "base/slice.h"

enum sniff_kind {
	SNIFF_OTHER, /* none of the following */
	SNIFF_TLS,   /* a TLS record with a handshake message, or a ClientHello in SSL 2.0 framing */
	SNIFF_HTTP1, /* a request line of HTTP/1.x, or of HTTP/0.9 */
	SNIFF_HTTP2, /* the preface of HTTP/2 with prior knowledge (RFC 9113 section 3.4) */
};

/* A request line longer than this is not waited for. */
#define SNIFF_LINE_MAX 16384

/* Reads what was peeked.  PARSE_DONE: *kind is the answer.  PARSE_MORE: *need is the least total number of bytes that
 * can change anything (set SO_RCVLOWAT to it), and *kind is what the bytes are so far, SNIFF_OTHER where that is open:
 * when the time for more is up, decide by it.  Never PARSE_BAD.  Pure; any thread. */
enum parse sniff(struct slice peeked, enum sniff_kind *kind, size_t *need);

/* "tls", "http/1", "http/2", "other". */
const char *sniff_kind_name(enum sniff_kind kind);

#endif
