/* The table of HTTP errors.  See error.h. */
#include "http/error.h"

#include <stddef.h>

/* Error codes of RFC 9113 section 7. */
enum {
	H2_NO_ERROR = 0x0,
	H2_PROTOCOL_ERROR = 0x1,
	H2_INTERNAL_ERROR = 0x2,
	H2_REFUSED_STREAM = 0x7,
	H2_CANCEL = 0x8,
	H2_ENHANCE_YOUR_CALM = 0xb,
	H2_HTTP_1_1_REQUIRED = 0xd,
};

struct row {
	const char *name;
	unsigned status;
	uint32_t h2_code;
};

static const struct row rows[HTTP_ERR_COUNT] = {
	[HTTP_OK] = {"ok", 200, H2_NO_ERROR},
	[HTTP_ERR_PROTOCOL] = {"protocol", 400, H2_PROTOCOL_ERROR},
	[HTTP_ERR_FRAMING] = {"framing", 400, H2_PROTOCOL_ERROR},
	[HTTP_ERR_TOO_LARGE] = {"too_large", 431, H2_PROTOCOL_ERROR},
	[HTTP_ERR_URI_TOO_LONG] = {"uri_too_long", 414, H2_PROTOCOL_ERROR},
	[HTTP_ERR_UNSUPPORTED] = {"unsupported", 501, H2_PROTOCOL_ERROR},
	[HTTP_ERR_VERSION] = {"version", 505, H2_PROTOCOL_ERROR},
	[HTTP_ERR_TRUNCATED] = {"truncated", 502, H2_INTERNAL_ERROR},
	[HTTP_ERR_RESET] = {"reset", 502, H2_CANCEL},
	[HTTP_ERR_REFUSED] = {"refused", 503, H2_REFUSED_STREAM},
	[HTTP_ERR_TIMEOUT] = {"timeout", 504, H2_CANCEL},
	[HTTP_ERR_SLOW] = {"slow", 408, H2_ENHANCE_YOUR_CALM},
	[HTTP_ERR_CANCEL] = {"cancel", 502, H2_CANCEL},
	[HTTP_ERR_FLOOD] = {"flood", 503, H2_ENHANCE_YOUR_CALM},
	[HTTP_ERR_HTTP_1_1_REQUIRED] = {"http_1_1_required", 505, H2_HTTP_1_1_REQUIRED},
	[HTTP_ERR_INTERNAL] = {"internal", 500, H2_INTERNAL_ERROR},
};

const char *
http_error_name(enum http_error error)
{
	return (unsigned)error < HTTP_ERR_COUNT ? rows[error].name : "unknown";
}

unsigned
http_error_status(enum http_error error)
{
	return (unsigned)error < HTTP_ERR_COUNT ? rows[error].status : 500;
}

uint32_t
http_error_to_h2(enum http_error error)
{
	return (unsigned)error < HTTP_ERR_COUNT ? rows[error].h2_code : H2_INTERNAL_ERROR;
}

enum http_error
http_error_from_h2(uint32_t code)
{
	static const enum http_error received[] = {
		[H2_NO_ERROR] = HTTP_ERR_CANCEL,
		[H2_PROTOCOL_ERROR] = HTTP_ERR_PROTOCOL,
		[H2_INTERNAL_ERROR] = HTTP_ERR_RESET,
		[H2_REFUSED_STREAM] = HTTP_ERR_REFUSED,
		[H2_CANCEL] = HTTP_ERR_CANCEL,
		[H2_ENHANCE_YOUR_CALM] = HTTP_ERR_FLOOD,
		[H2_HTTP_1_1_REQUIRED] = HTTP_ERR_HTTP_1_1_REQUIRED,
	};

	/* The codes between these (flow control, settings, frame size, compression, ...) leave zero in the table. */
	if (code < sizeof received / sizeof received[0] && received[code] != HTTP_OK)
		return received[code];
	return HTTP_ERR_RESET;
}
