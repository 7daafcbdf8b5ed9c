/* The proxy's own answers.  See pages.h. */
#include "proxy/pages.h"

#include "proxy/page_escape.h"
#include "proxy/page_form.h"

#define BODY_MAX (512 * 1024)
/* What one value from the traffic may add to a page. */
#define VALUE_MAX 300

/* What a page is allowed to do in the site's name, under which it is shown: nothing but its own style. */
#define CONTENT_SECURITY_POLICY "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
/* A page with a form goes without it: browsers apply it to where the site redirects afterwards, too. */
#define NO_FORMS "; form-action 'none'"
/* What can be clicked, or typed into, must not be within somebody else's frame. */
#define NO_FRAMES "; frame-ancestors 'none'"

struct kind_row {
	unsigned status;
	unsigned grpc; /* status code of gRPC (doc/statuscodes.md there) */
	const char *class;
};

static const struct kind_row rows[PAGE_KINDS] = {
	[PAGE_BLOCKED] = {403, 7, "blocked"},
	[PAGE_WARNING] = {403, 7, "warning"},
	[PAGE_BAD_REQUEST] = {400, 13, "error"},
	[PAGE_METHOD] = {405, 12, "error"},
	[PAGE_MISDIRECTED] = {421, 14, "error"},
	[PAGE_ORIGIN_FAILED] = {502, 14, "error"},
	[PAGE_ORIGIN_TIMEOUT] = {504, 4, "error"},
	[PAGE_BAD_CERTIFICATE] = {502, 14, "error"},
};

/* All that a form's writer looks at. */
struct answer {
	enum page_kind kind;
	unsigned status;
	const struct page_set *set;
	const struct page_language *language;
	const struct conf *conf;
	const struct page_facts *facts;
	struct arena *arena;
};

/* ---- values ---- */

static struct slice
cut(struct slice value, struct arena *arena)
{
	struct slice shorter;

	if (value.len <= VALUE_MAX)
		return value;
	shorter = arena_printf(arena, "%.*s...", VALUE_MAX, value.ptr);
	return shorter.ptr ? shorter : SLICE_EMPTY;
}

/* The contact as a link that names the request, or empty where it is neither an URL nor a mail address. */
static struct slice
review_link(const struct answer *a)
{
	struct slice contact = slice_of(a->conf->pages.contact), link;

	if (slice_starts_with_nocase(contact, SLICE("https://")) || slice_starts_with_nocase(contact, SLICE("http://")))
		link = arena_printf(a->arena, "%.*s%crequest=%s", SLICE_ARG(contact),
			slice_find(contact, '?') == contact.len ? '?' : '&', a->facts->request_id);
	else if (slice_starts_with_nocase(contact, SLICE("mailto:")))
		link = contact;
	else if (slice_find(contact, '@') < contact.len && slice_find(contact, ' ') == contact.len)
		link = arena_printf(a->arena, "mailto:%.*s?subject=%s", SLICE_ARG(contact), a->facts->request_id);
	else
		return SLICE_EMPTY;
	return link.ptr ? link : SLICE_EMPTY;
}

static bool
is_reviewable(enum page_kind kind)
{
	return kind == PAGE_BLOCKED || kind == PAGE_WARNING;
}

static void
fill_values(const struct answer *a, struct slice values[PAGE_VALUES])
{
	struct slice status = arena_printf(a->arena, "%u", a->status);

	for (size_t i = 0; i < PAGE_VALUES; i++)
		values[i] = page_set_label(a->set, a->language, (enum page_value)i);
	values[PAGE_VALUE_KIND] = slice_of(rows[a->kind].class);
	values[PAGE_VALUE_LANGUAGE] = slice_of(a->language->tag);
	values[PAGE_VALUE_STATUS] = status.ptr ? status : SLICE_EMPTY;
	values[PAGE_VALUE_TITLE] = page_set_title(a->set, a->language, a->kind);
	values[PAGE_VALUE_TEXT] = page_set_text(a->set, a->language, a->kind);
	values[PAGE_VALUE_SITE] = cut(a->facts->host, a->arena);
	values[PAGE_VALUE_REASON] = cut(a->facts->reason, a->arena);
	values[PAGE_VALUE_CATEGORY] = cut(a->facts->category, a->arena);
	values[PAGE_VALUE_DETAIL] = cut(a->facts->detail, a->arena);
	values[PAGE_VALUE_RULE] = is_reviewable(a->kind) ? cut(a->facts->rule, a->arena) : SLICE_EMPTY;
	values[PAGE_VALUE_REQUEST] = slice_of(a->facts->request_id);
	values[PAGE_VALUE_CONTINUE] = a->facts->proceed.len ? a->facts->proceed : SLICE_EMPTY;
	values[PAGE_VALUE_OVERRIDE] = a->facts->override.len ? a->facts->override : SLICE_EMPTY;
	values[PAGE_VALUE_REFUSED] = a->facts->is_code_refused ? values[PAGE_VALUE_LABEL_REFUSED] : SLICE_EMPTY;
	if (!is_reviewable(a->kind) || a->conf->pages.contact == NULL)
		return;
	values[PAGE_VALUE_REVIEW] = review_link(a);
	if (values[PAGE_VALUE_REVIEW].len == 0)
		values[PAGE_VALUE_CONTACT] = slice_of(a->conf->pages.contact);
}

/* ---- forms ---- */

typedef bool write_form(const struct answer *a, const struct slice values[PAGE_VALUES], struct buffer *out);

static bool
write_html(const struct answer *a, const struct slice values[PAGE_VALUES], struct buffer *out)
{
	return page_template_render(a->language->template ? a->language->template : a->set->template, values, out);
}

static const enum page_value text_values[] = {PAGE_VALUE_SITE, PAGE_VALUE_REASON, PAGE_VALUE_CATEGORY,
	PAGE_VALUE_DETAIL, PAGE_VALUE_RULE, PAGE_VALUE_REQUEST};

#define TEXT_VALUES (sizeof text_values / sizeof text_values[0])

static bool
write_text(const struct answer *a, const struct slice values[PAGE_VALUES], struct buffer *out)
{
	bool done = page_escape_text(out, values[PAGE_VALUE_TITLE]) && buffer_append_cstr(out, "\n") &&
		    page_escape_text(out, values[PAGE_VALUE_TEXT]) && buffer_append_cstr(out, "\n");

	(void)a;
	for (size_t i = 0; i < TEXT_VALUES && done; i++)
		if (values[text_values[i]].len)
			done = buffer_printf(out, "%s: ", page_value_name(text_values[i])) &&
			       page_escape_text(out, values[text_values[i]]) && buffer_append_cstr(out, "\n");
	return done;
}

static bool
append_member(struct buffer *out, const char *name, struct slice value)
{
	if (value.len == 0)
		return true;
	return buffer_printf(out, ",\"%s\":\"", name) && page_escape_json(out, value) && buffer_append_cstr(out, "\"");
}

/* RFC 9457: with the type about:blank the title is that of the status; what we know is in members of our own. */
static bool
write_json(const struct answer *a, const struct slice values[PAGE_VALUES], struct buffer *out)
{
	bool done = buffer_printf(out, "{\"type\":\"about:blank\",\"status\":%u", a->status) &&
		    append_member(out, "title", slice_of(http_status_reason(a->status))) &&
		    buffer_append_cstr(out, ",\"detail\":\"") && page_escape_json(out, values[PAGE_VALUE_TITLE]) &&
		    buffer_append_cstr(out, ". ") && page_escape_json(out, values[PAGE_VALUE_TEXT]) &&
		    buffer_append_cstr(out, "\"");

	for (size_t i = 0; i < TEXT_VALUES && done; i++)
		done = append_member(out,
			text_values[i] == PAGE_VALUE_DETAIL ? "cause" : page_value_name(text_values[i]),
			values[text_values[i]]);
	return done && buffer_append_cstr(out, "}\n");
}

/* A grey field with a bar across: it scales to whatever room the page has for the picture. */
static bool
write_svg(const struct answer *a, const struct slice values[PAGE_VALUES], struct buffer *out)
{
	(void)a;
	(void)values;
	return buffer_append_cstr(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\" width=\"64\" height=\"64\">"
		"<path fill=\"#8884\" d=\"M0 0h64v64H0z\"/><g fill=\"none\" stroke=\"#888\" stroke-width=\"5\">"
		"<circle cx=\"32\" cy=\"32\" r=\"17\"/><path d=\"M20 20l24 24\"/></g></svg>\n");
}

/* The smallest picture there is: one transparent pixel (GIF89a, section 23 for the transparency). */
static bool
write_gif(const struct answer *a, const struct slice values[PAGE_VALUES], struct buffer *out)
{
	static const uint8_t gif[] = {'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff,
		0x21, 0xf9, 4, 1, 0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b};

	(void)a;
	(void)values;
	return buffer_append(out, slice_make(gif, sizeof gif));
}

static write_form *const writers[PAGE_FORMS] = {
	[PAGE_FORM_HTML] = write_html,
	[PAGE_FORM_TEXT] = write_text,
	[PAGE_FORM_SVG] = write_svg,
	[PAGE_FORM_GIF] = write_gif,
	[PAGE_FORM_JSON] = write_json,
	/* scripts, styles and gRPC: nothing */
};

/* ---- heads ---- */

/* A message over gRPC is percent-encoded (its PROTOCOL-HTTP2.md): our titles are text, so that is all but plain ASCII.
 */
static struct slice
grpc_message(struct slice text, struct arena *arena)
{
	char *encoded = arena_alloc(arena, text.len * 3 + 1);
	size_t n = 0;

	if (encoded == NULL)
		return SLICE_EMPTY;
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (c < 0x20 || c > 0x7e || c == '%') {
			encoded[n++] = '%';
			encoded[n++] = "0123456789ABCDEF"[c >> 4];
			encoded[n++] = "0123456789ABCDEF"[c & 15];
		} else
			encoded[n++] = (char)c;
	}
	return slice_make(encoded, n);
}

static bool
make_grpc_head(struct page *page, const struct answer *a)
{
	struct slice code = arena_printf(a->arena, "%u", rows[a->kind].grpc);

	page->head.status = 200; /* the refusal is in the status of gRPC */
	return code.ptr && http_message_add(&page->head, SLICE("grpc-status"), code) &&
	       http_message_add(&page->head, SLICE("grpc-message"),
		       grpc_message(page_set_title(a->set, a->set->languages[0], a->kind), a->arena));
}

static void
head_init(struct page *page, unsigned status, struct arena *arena)
{
	struct http_message *head = &page->head;

	http_message_init(head, arena, false);
	head->version = HTTP_VERSION_1_1;
	head->status = status;
	head->reason = slice_of(http_status_reason(status));
	head->keep_alive = true;
	page->body = buffer_make(BODY_MAX);
}

/* HEAD is told the length that GET would see (RFC 9110 section 9.3.2). */
static bool
finish_length(struct page *page, const struct http_message *request)
{
	struct http_message *head = &page->head;
	struct slice length;

	head->content_length = buffer_len(&page->body);
	head->body = HTTP_BODY_LENGTH;
	if (request == NULL || request->method != HTTP_METHOD_HEAD)
		return true;
	length = arena_printf(head->arena, "%zu", buffer_len(&page->body));
	head->body = HTTP_BODY_NONE;
	buffer_clear(&page->body);
	return length.ptr && http_message_add_id(head, HTTP_FIELD_CONTENT_LENGTH, length);
}

static bool
add_safety_fields(struct page *page, struct slice security_policy)
{
	struct http_message *head = &page->head;

	return http_message_add_id(head, HTTP_FIELD_CACHE_CONTROL, SLICE("no-store")) &&
	       http_message_add(head, SLICE("content-security-policy"), security_policy) &&
	       http_message_add(head, SLICE("x-content-type-options"), SLICE("nosniff")) &&
	       http_message_add(head, SLICE("referrer-policy"), SLICE("no-referrer"));
}

static struct slice
security_policy_of(enum page_kind kind, const struct page_facts *facts)
{
	if (facts->override.len)
		return SLICE(CONTENT_SECURITY_POLICY NO_FRAMES);
	return kind == PAGE_WARNING ? SLICE(CONTENT_SECURITY_POLICY NO_FORMS NO_FRAMES)
				    : SLICE(CONTENT_SECURITY_POLICY NO_FORMS);
}

bool
page_build(struct page *page, enum page_kind kind, const struct page_set *set, const struct conf *conf,
	const struct http_message *request, const struct page_facts *facts, struct arena *arena)
{
	enum page_form form = page_form_of(request);
	struct slice values[PAGE_VALUES];
	struct answer a = {
		.kind = kind,
		.status = kind == PAGE_BLOCKED && conf->pages.status == CONF_PAGE_451 ? 451 : rows[kind].status,
		.set = set,
		.conf = conf,
		.facts = facts,
		.arena = arena,
	};
	const struct http_field *accept_language =
		request ? http_message_find_name(request, SLICE("accept-language")) : NULL;

	a.language = page_set_choose(set, accept_language ? accept_language->value : SLICE_EMPTY);
	head_init(page, a.status, arena);
	page->name = "page";
	if (!http_message_add_id(&page->head, HTTP_FIELD_CONTENT_TYPE, page_form_type(form)) ||
		!add_safety_fields(page, security_policy_of(kind, facts)))
		return false;
	if (form == PAGE_FORM_GRPC || form == PAGE_FORM_GRPC_WEB)
		return make_grpc_head(page, &a) && finish_length(page, request);
	if (writers[form]) {
		fill_values(&a, values);
		if (!writers[form](&a, values, &page->body) ||
			!http_message_add(&page->head, SLICE("content-language"), slice_of(a.language->tag)))
			return false;
	}
	return finish_length(page, request);
}

bool
page_build_redirect(struct page *page, struct slice url, struct arena *arena)
{
	head_init(page, 303, arena);
	page->name = "redirect";
	return http_message_add_id(&page->head, HTTP_FIELD_LOCATION, url) &&
	       add_safety_fields(page, SLICE(CONTENT_SECURITY_POLICY NO_FORMS NO_FRAMES)) && finish_length(page, NULL);
}

void
page_release(struct page *page)
{
	buffer_release(&page->body);
}
