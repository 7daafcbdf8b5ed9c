/* The tables of the script.  See script.h. */
#include "script.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

const struct slice script_requests[] = {
	SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
	SLICE("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"),
	SLICE("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
	SLICE("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
	SLICE("5\r\nhello\r\n"),
	SLICE("0\r\nX-Sum: 1\r\n\r\n"),
	SLICE("0\r\n\r\n"),
	SLICE("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("GET / HTTP/1.0\r\n\r\n"),
	SLICE("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
	SLICE("GET http://b/ HTTP/1.1\r\nHost: b\r\n\r\n"),
	SLICE("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
	SLICE("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
	SLICE("GET / HTTP/1.1\r\nHost: blocked.test\r\n\r\n"),
	SLICE("GET / HTTP/1.1\r\nHost: warn.test\r\n\r\n"),
	SLICE("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
	      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
	SLICE("\x81\x85\x01\x02\x03\x04iggmn"),
	SLICE("\x88\x80\x01\x02\x03\x04"),
	SLICE("GET / HT"),
	SLICE("GET /\tx HTTP/1.1\r\n\r\n"),
	SLICE("GET /.well-known/sluice/warn/x HTTP/1.1\r\nHost: warn.test\r\n\r\n"),
	SLICE("hello"),
	SLICE("\r\n\r\n"),
};
const size_t script_request_count = COUNT(script_requests);

const struct slice script_responses[] = {
	SLICE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
	SLICE("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nContent-Type: text/html\r\n\r\n"),
	SLICE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"),
	SLICE("5\r\nhello\r\n"),
	SLICE("0\r\nX-Sum: 1\r\n\r\n"),
	SLICE("0\r\n\r\n"),
	SLICE("HTTP/1.1 200 OK\r\n\r\n"),
	SLICE("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
	SLICE("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"),
	SLICE("HTTP/1.1 100 Continue\r\n\r\n"),
	SLICE("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"),
	SLICE("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
	SLICE("\x81\x05hello"),
	SLICE("\x88\x02\x03\xe8"),
	SLICE("HTTP/1.1 204 No Content\r\n\r\n"),
	SLICE("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
	SLICE("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
	SLICE("HTTP/1.1 200 OK\r\nContent-Length: 4000\r\nContent-Type: application/x-dosexec\r\n\r\nMZ\x90\0\3\0\0\0"),
	SLICE("HTTP/1.1 200 OK\r\nX-Bad: yes\r\nContent-Length: 5\r\n\r\nhello"),
	SLICE("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: "
	      "chunked\r\n\r\na\r\n\x1f\x8b\x08\0\0\0\0\0\0\3"
	      "\r\n"),
	SLICE("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n"),
	SLICE("HTTP/1.1 407 Proxy\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
	SLICE("HTTP/1.1 2"),
	SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho"),
	SLICE("hello"),
};
const size_t script_response_count = COUNT(script_responses);

/* Of HPACK only the static table and literals that are not indexed, so that each block stands for itself. */
#define GET "\x82\x86\x84\x01\x01"
#define POST "\x83\x86\x84\x01\x01"
#define STATUS(code) "\x08\x03" code

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };

const struct script_frame script_client_frames[] = {
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE(GET "a"), 0},
	{HEADERS, END_HEADERS, false, SLICE(POST "a"), 0},
	{HEADERS, END_HEADERS, false,
		SLICE(POST "a\x0f\x0d\x01"
			   "5"),
		0},
	{HEADERS, END_HEADERS | END_STREAM, false,
		SLICE("\x02\x04HEAD\x86\x84\x01\x01"
		      "a"),
		0},
	{HEADERS, END_HEADERS | END_STREAM, false,
		SLICE("\x82\x86\x84\x01\x0c"
		      "blocked.test"),
		0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE("\x82\x86\x84\x01\x09warn.test"), 0},
	{HEADERS, END_HEADERS, false,
		SLICE("\x02\x07"
		      "CONNECT\x00\x09:protocol\x09websocket\x86\x84\x01\x01"
		      "a"),
		0},
	{HEADERS, END_HEADERS, false,
		SLICE("\x02\x07"
		      "CONNECT\x01\x01"
		      "a"),
		0},
	{HEADERS, END_HEADERS, false,
		SLICE(POST "a\x0f\x14\x0c"
			   "100-continue"),
		0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE("\0\x01t\x01v"), 0},
	{HEADERS, END_HEADERS | END_STREAM, false,
		SLICE(GET "a\0\x0a"
			  "connection\x05"
			  "close"),
		0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE(GET "a\0\x01X\x01v"), 0},
	{HEADERS, END_STREAM, false, SLICE(GET "a"), 0},
	{HEADERS, END_HEADERS | PADDED, false, SLICE("\x40" GET "a"), 0},
	{CONTINUATION, END_HEADERS, false, SLICE("\0\x01t\x01v"), 0},
	{CONTINUATION, 0, false, SLICE(""), 0},
	{DATA, 0, false, SLICE("hello"), 0},
	{DATA, END_STREAM, false, SLICE("hello"), 0},
	{DATA, END_STREAM, false, SLICE(""), 0},
	{DATA, 0, false, SLICE(""), 0},
	{DATA, 0, false, SLICE(""), 16384},
	{DATA, 0, false, SLICE("\x81\x85\x01\x02\x03\x04iggmn"), 0},
	{DATA, PADDED, false, SLICE("\x05hello"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\x08"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\x07"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\0"), 0},
	{PRIORITY, 0, false, SLICE("\0\0\0\0\x10"), 0},
	{PRIORITY, 0, false, SLICE("\0\0\0"), 0},
	{SETTINGS, 0, true, SLICE("\0\4\0\0\0\0"), 0},
	{SETTINGS, 0, true, SLICE("\0\4\0\x10\0\0"), 0},
	{SETTINGS, 0, true, SLICE("\0\1\0\0\0\0\0\5\0\0\x40\0"), 0},
	{SETTINGS, ACK, true, SLICE(""), 0},
	{PING, 0, true, SLICE("01234567"), 0},
	{PING, ACK, true, SLICE("01234567"), 0},
	{GOAWAY, 0, true, SLICE("\0\0\0\0\0\0\0\0"), 0},
	{WINDOW_UPDATE, 0, false, SLICE("\0\0\x10\0"), 0},
	{WINDOW_UPDATE, 0, true, SLICE("\0\1\0\0"), 0},
	{WINDOW_UPDATE, 0, false, SLICE("\0\0\0\0"), 0},
	{WINDOW_UPDATE, 0, false, SLICE("\x7f\xff\xff\xff"), 0},
	{WINDOW_UPDATE, 0, true, SLICE("\0\0\0\0"), 0},
	{PUSH_PROMISE, END_HEADERS, false, SLICE("\0\0\0\2" GET "a"), 0},
	{0xfe, 0, false, SLICE("x"), 0},
};
const size_t script_client_frame_count = COUNT(script_client_frames);

const struct script_frame script_origin_frames[] = {
	{HEADERS, END_HEADERS, false, SLICE("\x88"), 0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE("\x88"), 0},
	{HEADERS, END_HEADERS, false,
		SLICE("\x88\x0f\x0d\x01"
		      "5"),
		0},
	{HEADERS, END_HEADERS, false, SLICE("\x88\x0f\x10\x09text/html"), 0},
	{HEADERS, END_HEADERS, false,
		SLICE("\x88\x0f\x10\x15"
		      "application/x-dosexec"),
		0},
	{HEADERS, END_HEADERS, false, SLICE("\x88\0\x05x-bad\x03yes"), 0},
	{HEADERS, END_HEADERS, false, SLICE(STATUS("100")), 0},
	{HEADERS, END_HEADERS, false, SLICE(STATUS("103")), 0},
	{HEADERS, END_HEADERS, false, SLICE(STATUS("101")), 0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE("\x89"), 0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE("\x8b"), 0},
	{HEADERS, END_HEADERS, false, SLICE(STATUS("421")), 0},
	{HEADERS, END_HEADERS | END_STREAM, false, SLICE("\0\x01t\x01v"), 0},
	{HEADERS, END_HEADERS, false, SLICE("\0\x01t\x01v"), 0},
	{HEADERS, END_HEADERS, false,
		SLICE("\x88\0\x0a"
		      "connection\x05"
		      "close"),
		0},
	{HEADERS, 0, false, SLICE("\x88"), 0},
	{CONTINUATION, END_HEADERS, false, SLICE("\0\x01t\x01v"), 0},
	{DATA, 0, false, SLICE("hello"), 0},
	{DATA, END_STREAM, false, SLICE("hello"), 0},
	{DATA, END_STREAM, false, SLICE(""), 0},
	{DATA, 0, false, SLICE("MZ\x90\0\3\0\0\0"), 1000},
	{DATA, 0, false, SLICE(""), 16384},
	{DATA, 0, false, SLICE("\x81\x05hello\x88\x02\x03\xe8"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\x08"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\x07"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\x0d"), 0},
	{RST_STREAM, 0, false, SLICE("\0\0\0\0"), 0},
	{SETTINGS, 0, true, SLICE("\0\x08\0\0\0\x01"), 0},
	{SETTINGS, 0, true, SLICE("\0\3\0\0\0\0"), 0},
	{SETTINGS, 0, true, SLICE("\0\3\0\0\0\1"), 0},
	{SETTINGS, 0, true, SLICE("\0\4\0\0\0\0"), 0},
	{SETTINGS, 0, true, SLICE("\0\4\0\x10\0\0"), 0},
	{SETTINGS, ACK, true, SLICE(""), 0},
	{PING, 0, true, SLICE("01234567"), 0},
	{GOAWAY, 0, true, SLICE("\0\0\0\0\0\0\0\0"), 0},
	{GOAWAY, 0, true, SLICE("\0\0\0\1\0\0\0\0"), 0},
	{GOAWAY, 0, true, SLICE("\x7f\xff\xff\xff\0\0\0\0"), 0},
	{GOAWAY, 0, true, SLICE("\0\0\0\1\0\0\0\2"), 0},
	{WINDOW_UPDATE, 0, false, SLICE("\0\0\x10\0"), 0},
	{WINDOW_UPDATE, 0, true, SLICE("\0\1\0\0"), 0},
	{WINDOW_UPDATE, 0, false, SLICE("\0\0\0\0"), 0},
	{PUSH_PROMISE, END_HEADERS, false, SLICE("\0\0\0\2" GET "a"), 0},
	{0x0a, 0, true, SLICE("\0\1ah3=\":443\""), 0},
};
const size_t script_origin_frame_count = COUNT(script_origin_frames);

size_t
script_frame_write(const struct script_frame *frame, uint32_t stream, uint8_t to[SCRIPT_FRAME_MAX])
{
	size_t len = frame->payload.len + frame->filler;

	if (frame->is_for_connection)
		stream = 0;
	to[0] = (uint8_t)(len >> 16);
	to[1] = (uint8_t)(len >> 8);
	to[2] = (uint8_t)len;
	to[3] = frame->type;
	to[4] = frame->flags;
	for (unsigned i = 0; i < 4; i++)
		to[5 + i] = (uint8_t)(stream >> (24 - 8 * i));
	memcpy(to + 9, frame->payload.ptr, frame->payload.len);
	memset(to + 9 + frame->payload.len, 'x', frame->filler);
	return 9 + len;
}
