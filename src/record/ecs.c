/* JSON lines with the names of the Elastic Common Schema: the table of fields, rendered row by row. */
#include "record/format.h"
#include "record/json.h"

static const struct addr no_addr;

/* At most max bytes of the text; *rest is the mark that something was cut, or empty. */
static struct slice
cut(struct slice text, size_t max, struct slice *rest)
{
	size_t end = max;

	*rest = SLICE_EMPTY;
	if (text.len <= max)
		return text;
	/* Not within a character of UTF-8. */
	while (end > max - 4 && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
		end--;
	*rest = SLICE("\xe2\x80\xa6");
	return slice_sub(text, 0, end);
}

static void
render_text(struct json *j, struct slice key, struct slice text)
{
	struct slice mark;
	struct slice head = cut(text, RECORD_TEXT_MAX, &mark);

	json_text_two(j, key, head, mark);
}

static void
render_url(struct json *j, struct slice key, struct slice url, enum record_urls keep)
{
	struct record_url kept = record_url_redact(url, keep);
	struct slice mark;

	if (kept.first.len + kept.second.len <= RECORD_URL_MAX) {
		json_text_two(j, key, kept.first, kept.second);
		return;
	}
	/* Too long: without userinfo it is one piece; with userinfo the scheme, a few bytes, gives way to the rest. */
	kept.first = kept.second.len ? kept.second : kept.first;
	kept.first = cut(kept.first, RECORD_URL_MAX, &mark);
	json_text_two(j, key, kept.first, mark);
}

static void
render_texts(struct json *j, struct slice key, const struct record_texts *texts)
{
	size_t count = texts->count < RECORD_LIST_MAX ? texts->count : RECORD_LIST_MAX;

	if (count == 0)
		return;
	json_open_array(j, key);
	for (size_t i = 0; i < count; i++)
		render_text(j, SLICE_EMPTY, texts->items[i]);
	json_close_array(j);
}

static bool
is_present(const struct record *r, enum record_presence presence)
{
	return presence == RECORD_ALWAYS || (presence == RECORD_OF_EXCHANGE && r->kind == RECORD_EXCHANGE) ||
	       (presence == RECORD_OF_FLOW && r->kind == RECORD_FLOW);
}

static void
render_field(struct json *j, const struct record *r, const struct record_field *f, enum record_urls keep)
{
	const void *at = (const char *)r + f->offset;
	const struct endpoint *endpoint = at;
	const struct slice *text = at;

	switch (f->type) {
	case RECORD_TYPE_TEXT:
		if (text->len)
			render_text(j, f->key, *text);
		break;
	case RECORD_TYPE_TEXTS:
		render_texts(j, f->key, at);
		break;
	case RECORD_TYPE_URL:
		if (text->len)
			render_url(j, f->key, *text, keep);
		break;
	case RECORD_TYPE_U64:
		if (*(const uint64_t *)at || is_present(r, f->presence))
			json_u64(j, f->key, *(const uint64_t *)at);
		break;
	case RECORD_TYPE_FLAG:
		if (*(const bool *)at)
			json_bool(j, f->key, true);
		break;
	case RECORD_TYPE_TIME:
		json_time(j, f->key, *(const uint64_t *)at);
		break;
	case RECORD_TYPE_ADDR:
		if (!addr_eq(&endpoint->addr, &no_addr))
			json_addr(j, f->key, &endpoint->addr);
		break;
	case RECORD_TYPE_PORT:
		if (endpoint->port)
			json_u64(j, f->key, endpoint->port);
		break;
	case RECORD_TYPE_NAME:
		json_text(j, f->key, slice_of(f->names[*(const unsigned *)at]));
		break;
	}
}

bool
ecs_render(const struct record *r, enum record_urls keep, struct buffer *out)
{
	struct json j;

	json_begin(&j, out);
	json_open_object(&j, SLICE_EMPTY);
	for (size_t i = 0; i < record_field_count; i++)
		render_field(&j, r, &record_fields[i], keep);
	json_close_object(&j);
	json_line_end(&j);
	return json_end(&j);
}
