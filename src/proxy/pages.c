/* The proxy's own answers.  See pages.h. */
#include "proxy/pages.h"

#include "http/message.h"

#define BODY_MAX (64 * 1024)
/* What one value from the traffic may add to a page. */
#define VALUE_MAX 200

struct page_row {
	unsigned status;
	const char *title;
	const char *text;
};

static const struct page_row rows[PAGE_KINDS] = {
        [PAGE_BLOCKED] = {403, "This page is blocked", "The rules of this network do not allow it."},
        [PAGE_WARNING] = {403, "Are you sure?", "The rules of this network ask you to think about this page first."},
        [PAGE_BAD_REQUEST] = {400, "Bad request", "The request was malformed."},
        [PAGE_METHOD] = {405, "Method not allowed", "CONNECT has no meaning here: this is not a configured proxy."},
        [PAGE_MISDIRECTED] = {421, "Misdirected request", "The server's certificate does not cover the name that was asked for."},
        [PAGE_ORIGIN_FAILED] = {502, "The server could not be reached", "The connection to the server failed."},
        [PAGE_ORIGIN_TIMEOUT] = {504, "The server did not answer", "The server took too long."},
        [PAGE_BAD_CERTIFICATE] = {502, "The server's certificate is not valid", "Nobody can say who runs this server, so nothing was fetched from it."},
};

static const char style[] =
        ":root{color-scheme:light dark}"
        "body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center;"
        "background:#f4f5f7;color:#1d2129}"
        "main{max-width:34rem;margin:1rem;padding:2rem;background:#fff;border-radius:12px;"
        "box-shadow:0 1px 8px rgba(0,0,0,.12);border-top:6px solid #c62f2f;overflow-wrap:anywhere}"
        "h1{font-size:1.4rem;margin:0 0 .5rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:1.5rem 0 0}"
        "dt{opacity:.65}dd{margin:0}"
        "@media(prefers-color-scheme:dark){body{background:#16181d;color:#e8eaed}main{background:#23262e}}";

/* HTML text and attribute values: the five characters, and nothing below space. */
static void
append_escaped(struct buffer *b, struct slice value)
{
	bool is_cut = value.len > VALUE_MAX;

	value = slice_sub(value, 0, VALUE_MAX);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		switch (c) {
		case '&':
			buffer_append_cstr(b, "&amp;");
			break;
		case '<':
			buffer_append_cstr(b, "&lt;");
			break;
		case '>':
			buffer_append_cstr(b, "&gt;");
			break;
		case '"':
			buffer_append_cstr(b, "&quot;");
			break;
		case '\'':
			buffer_append_cstr(b, "&#39;");
			break;
		default:
			/* Beyond ASCII nothing of the traffic is needed here, and bidirectional tricks stay out. */
			buffer_append(b, (unsigned char)c < 0x20 || (unsigned char)c >= 0x7f ? SLICE("?") : slice_make(&c, 1));
		}
	}
	if (is_cut)
		buffer_append_cstr(b, "...");
}

static void
append_row(struct buffer *b, const char *name, struct slice value)
{
	if (value.len == 0)
		return;
	buffer_printf(b, "<dt>%s</dt><dd>", name);
	append_escaped(b, value);
	buffer_append_cstr(b, "</dd>");
}

static void
write_html(struct buffer *b, const struct page_row *row, const struct conf *conf, const struct page_facts *facts)
{
	buffer_printf(b,
	        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
	        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>%s</title>"
	        "<style>%s</style></head><body><main><h1>%s</h1><p>%s</p><dl>",
	        row->title, style, row->title, row->text);
	append_row(b, "Site", facts->host);
	append_row(b, "Reason", facts->reason);
	append_row(b, "Category", facts->category);
	append_row(b, "Rule", facts->rule);
	append_row(b, "Detail", facts->detail);
	append_row(b, "Request", slice_of(facts->request_id));
	buffer_append_cstr(b, "</dl>");
	if (conf->pages.contact) {
		buffer_append_cstr(b, "<p><a href=\"");
		append_escaped(b, slice_of(conf->pages.contact));
		buffer_append_cstr(b, "\">Ask for review</a></p>");
	}
	buffer_append_cstr(b, "</main></body></html>\n");
}

static void
write_text(struct buffer *b, const struct page_row *row, const struct page_facts *facts)
{
	buffer_printf(b, "%s. %s\n", row->title, row->text);
	if (facts->reason.len) {
		buffer_append_cstr(b, "reason: ");
		append_escaped(b, facts->reason);
		buffer_append_cstr(b, "\n");
	}
	if (facts->rule.len) {
		buffer_append_cstr(b, "rule: ");
		append_escaped(b, facts->rule);
		buffer_append_cstr(b, "\n");
	}
	buffer_printf(b, "request: %s\n", facts->request_id);
}

/* A page is for people: a navigation says so itself, older programs by what they accept. */
static bool
wants_html(const struct http_message *request)
{
	const struct http_field *dest;

	if (request == NULL)
		return true;
	dest = http_message_find(request, HTTP_FIELD_SEC_FETCH_DEST);
	if (dest)
		return slice_eq(dest->value, SLICE("document")) || slice_eq(dest->value, SLICE("iframe")) ||
		       slice_eq(dest->value, SLICE("frame"));
	return slice_find_slice(http_message_value(request, HTTP_FIELD_ACCEPT), SLICE("text/html")) !=
	       http_message_value(request, HTTP_FIELD_ACCEPT).len;
}

bool
page_build(struct page *page, enum page_kind kind, const struct conf *conf, const struct http_message *request,
        const struct page_facts *facts, struct arena *arena)
{
	const struct page_row *row = &rows[kind];
	bool is_html = wants_html(request);
	struct http_message *head = &page->head;

	http_message_init(head, arena, false);
	head->version = HTTP_VERSION_1_1;
	head->status = kind == PAGE_BLOCKED && conf->pages.status == CONF_PAGE_451 ? 451 : row->status;
	head->reason = slice_of(http_status_reason(head->status));
	head->keep_alive = true;
	page->body = buffer_make(BODY_MAX);
	if (is_html)
		write_html(&page->body, row, conf, facts);
	else
		write_text(&page->body, row, facts);
	head->body = HTTP_BODY_LENGTH;
	head->content_length = buffer_len(&page->body);
	if (request && request->method == HTTP_METHOD_HEAD)
		head->body = HTTP_BODY_NONE;
	return buffer_len(&page->body) > 0 &&
	       http_message_add_id(head, HTTP_FIELD_CONTENT_TYPE,
	               is_html ? SLICE("text/html; charset=utf-8") : SLICE("text/plain; charset=utf-8")) &&
	       http_message_add_id(head, HTTP_FIELD_CACHE_CONTROL, SLICE("no-store")) &&
	       http_message_add(head, SLICE("content-security-policy"),
	               SLICE("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")) &&
	       http_message_add(head, SLICE("x-content-type-options"), SLICE("nosniff")) &&
	       http_message_add(head, SLICE("referrer-policy"), SLICE("no-referrer"));
}

void
page_release(struct page *page)
{
	buffer_release(&page->body);
}
