/* What kind of answer a request can use: a person reads a page, an <img> shows a picture, a program parses JSON.
 * Decided by what the browser says the request is for (Sec-Fetch-Dest, W3C Fetch Metadata), then by what it accepts,
 * then by the name of the file; who says nothing is shown the page.  Pure; any thread. */
#ifndef SLUICE_PROXY_PAGE_FORM_H
#define SLUICE_PROXY_PAGE_FORM_H

#include "http/message.h"

enum page_form {
	PAGE_FORM_HTML,
	PAGE_FORM_TEXT, /* what nobody looks at: fonts, media, WebSocket */
	PAGE_FORM_SVG,  /* a placeholder picture */
	PAGE_FORM_GIF,  /* the same for who takes no SVG */
	PAGE_FORM_SCRIPT,
	PAGE_FORM_STYLE,
	PAGE_FORM_JSON, /* a problem document (RFC 9457) */
	PAGE_FORM_GRPC, /* a response of trailers only */
	PAGE_FORM_GRPC_WEB,
	PAGE_FORMS,
};

/* `request` may be NULL: then it is the page. */
enum page_form page_form_of(const struct http_message *request);
/* The content type. */
struct slice page_form_type(enum page_form form);

#endif
