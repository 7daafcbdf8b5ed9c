/* The form of an answer by what the request is for.  See page_form.h. */
#include "proxy/page_form.h"

struct form_row {
	const char *name;
	enum page_form form;
};

/* Request destinations (Fetch standard, section 2.2.5). */
static const struct form_row destinations[] = {
	{"document", PAGE_FORM_HTML},
	{"iframe", PAGE_FORM_HTML},
	{"frame", PAGE_FORM_HTML},
	{"fencedframe", PAGE_FORM_HTML},
	{"embed", PAGE_FORM_HTML},
	{"object", PAGE_FORM_HTML},
	{"image", PAGE_FORM_SVG},
	{"script", PAGE_FORM_SCRIPT},
	{"worker", PAGE_FORM_SCRIPT},
	{"sharedworker", PAGE_FORM_SCRIPT},
	{"serviceworker", PAGE_FORM_SCRIPT},
	{"audioworklet", PAGE_FORM_SCRIPT},
	{"paintworklet", PAGE_FORM_SCRIPT},
	{"style", PAGE_FORM_STYLE},
	{"empty", PAGE_FORM_JSON}, /* fetch(), XMLHttpRequest, EventSource, beacons */
	{"json", PAGE_FORM_JSON},
	{"manifest", PAGE_FORM_JSON},
	{"report", PAGE_FORM_JSON},
};

/* Media types in Accept; the first row that is named there decides. */
static const struct form_row accepted[] = {
	{"text/html", PAGE_FORM_HTML},
	{"application/xhtml+xml", PAGE_FORM_HTML},
	{"text/css", PAGE_FORM_STYLE},
	{"application/json", PAGE_FORM_JSON},
	{"+json", PAGE_FORM_JSON},
	{"text/event-stream", PAGE_FORM_JSON},
	{"javascript", PAGE_FORM_SCRIPT},
	{"image/", PAGE_FORM_SVG},
	{"video/", PAGE_FORM_TEXT},
	{"audio/", PAGE_FORM_TEXT},
	{"font/", PAGE_FORM_TEXT},
};

static const struct form_row extensions[] = {
	{"js", PAGE_FORM_SCRIPT},
	{"mjs", PAGE_FORM_SCRIPT},
	{"css", PAGE_FORM_STYLE},
	{"json", PAGE_FORM_JSON},
	{"svg", PAGE_FORM_SVG},
	{"png", PAGE_FORM_GIF},
	{"gif", PAGE_FORM_GIF},
	{"jpg", PAGE_FORM_GIF},
	{"jpeg", PAGE_FORM_GIF},
	{"webp", PAGE_FORM_GIF},
	{"avif", PAGE_FORM_GIF},
	{"ico", PAGE_FORM_GIF},
	{"woff", PAGE_FORM_TEXT},
	{"woff2", PAGE_FORM_TEXT},
	{"mp4", PAGE_FORM_TEXT},
	{"webm", PAGE_FORM_TEXT},
};

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static bool
has(struct slice text, const char *part)
{
	return slice_find_slice(text, slice_of(part)) != text.len;
}

static enum page_form
find_equal(const struct form_row *rows, size_t count, struct slice name, enum page_form otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq_nocase(name, slice_of(rows[i].name)))
			return rows[i].form;
	return otherwise;
}

/* What follows the last dot of the last path segment. */
static struct slice
extension_of(struct slice path)
{
	size_t dot;

	path = slice_sub(path, 0, slice_find(path, '?'));
	for (dot = path.len; dot > 0 && path.ptr[dot - 1] != '.'; dot--)
		if (path.ptr[dot - 1] == '/')
			return SLICE_EMPTY;
	return dot > 0 ? slice_sub(path, dot, path.len) : SLICE_EMPTY;
}

static enum page_form
by_accept_or_name(const struct http_message *request, struct slice accept)
{
	for (size_t i = 0; i < COUNT(accepted); i++)
		if (has(accept, accepted[i].name))
			return accepted[i].form;
	if (http_message_find_name(request, SLICE("x-requested-with")))
		return PAGE_FORM_JSON;
	return find_equal(extensions, COUNT(extensions), extension_of(request->path), PAGE_FORM_HTML);
}

enum page_form
page_form_of(const struct http_message *request)
{
	struct slice type, accept;
	const struct http_field *destination;
	enum page_form form;

	if (request == NULL)
		return PAGE_FORM_HTML;
	if (request->is_upgrade || request->protocol.len)
		return PAGE_FORM_TEXT;
	type = http_message_value(request, HTTP_FIELD_CONTENT_TYPE);
	if (slice_starts_with_nocase(type, SLICE("application/grpc-web")))
		return PAGE_FORM_GRPC_WEB;
	if (slice_starts_with_nocase(type, SLICE("application/grpc")))
		return PAGE_FORM_GRPC;
	accept = http_message_value(request, HTTP_FIELD_ACCEPT);
	destination = http_message_find(request, HTTP_FIELD_SEC_FETCH_DEST);
	form = destination ? find_equal(destinations, COUNT(destinations), destination->value, PAGE_FORM_TEXT)
			   : by_accept_or_name(request, accept);
	if (form == PAGE_FORM_SVG && accept.len && !has(accept, "svg") && !has(accept, "*/*") &&
		!has(accept, "image/*"))
		return PAGE_FORM_GIF;
	return form;
}

struct slice
page_form_type(enum page_form form)
{
	static const char *const types[PAGE_FORMS] = {
		[PAGE_FORM_HTML] = "text/html; charset=utf-8",
		[PAGE_FORM_TEXT] = "text/plain; charset=utf-8",
		[PAGE_FORM_SVG] = "image/svg+xml",
		[PAGE_FORM_GIF] = "image/gif",
		[PAGE_FORM_SCRIPT] = "text/javascript; charset=utf-8",
		[PAGE_FORM_STYLE] = "text/css; charset=utf-8",
		[PAGE_FORM_JSON] = "application/problem+json",
		[PAGE_FORM_GRPC] = "application/grpc",
		[PAGE_FORM_GRPC_WEB] = "application/grpc-web+proto",
	};

	return slice_of(types[form]);
}
