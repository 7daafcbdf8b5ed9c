/* Questions and answers on the wire between our processes.  See message.h. */
#include "fetch/message.h"

#include "base/cursor.h"

const char *
fetch_kind_name(enum fetch_kind kind)
{
	static const char *const names[FETCH_KINDS] = {"names", "issuer", "crl", "list"};

	return (unsigned)kind < FETCH_KINDS ? names[kind] : "unknown";
}

const char *
fetch_status_name(enum fetch_status status)
{
	static const char *const names[FETCH_STATUSES] = {
		"ok", "not-modified", "refused", "unresolved", "failed", "too-large", "timeout", "busy", "unavailable"};

	return (unsigned)status < FETCH_STATUSES ? names[status] : "unknown";
}

static bool
put_text(struct buffer *out, struct slice text)
{
	char length[2] = {(char)(text.len >> 8), (char)text.len};

	return buffer_append(out, slice_make(length, sizeof length)) && buffer_append(out, text);
}

bool
fetch_question_encode(const struct fetch_question *question, struct buffer *out)
{
	char kind = (char)question->kind;

	return question->target.len > 0 && question->target.len <= FETCH_TARGET_MAX &&
	       question->etag.len <= FETCH_VALIDATOR_MAX && question->last_modified.len <= FETCH_VALIDATOR_MAX &&
	       buffer_room(out) >= FETCH_QUESTION_MAX && buffer_append(out, slice_make(&kind, 1)) &&
	       put_text(out, question->target) && put_text(out, question->etag) &&
	       put_text(out, question->last_modified);
}

bool
fetch_answer_encode(const struct fetch_answer *answer, struct buffer *out)
{
	char status = (char)answer->status;
	char length[3] = {(char)(answer->body.len >> 16), (char)(answer->body.len >> 8), (char)answer->body.len};

	return answer->etag.len <= FETCH_VALIDATOR_MAX && answer->last_modified.len <= FETCH_VALIDATOR_MAX &&
	       answer->error.len <= FETCH_ERROR_MAX && answer->body.len <= FETCH_BODY_MAX &&
	       buffer_room(out) >= FETCH_ANSWER_MAX && buffer_append(out, slice_make(&status, 1)) &&
	       put_text(out, answer->etag) && put_text(out, answer->last_modified) && put_text(out, answer->error) &&
	       buffer_append(out, slice_make(length, sizeof length)) && buffer_append(out, answer->body);
}

/* A text without controls: it goes into header fields, and to people. */
static bool
take_text(struct cursor *c, size_t max, struct slice *text)
{
	*text = cursor_vec16(c);
	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->ptr[i] < ' ' || text->ptr[i] == 0x7f)
			return false;
	return cursor_ok(c) && text->len <= max;
}

bool
fetch_question_decode(struct slice bytes, struct fetch_question *question)
{
	struct cursor c = cursor_over(bytes);

	question->kind = (enum fetch_kind)cursor_u8(&c);
	return take_text(&c, FETCH_TARGET_MAX, &question->target) &&
	       take_text(&c, FETCH_VALIDATOR_MAX, &question->etag) &&
	       take_text(&c, FETCH_VALIDATOR_MAX, &question->last_modified) && cursor_at_end(&c) &&
	       (unsigned)question->kind < FETCH_KINDS && question->target.len > 0 &&
	       (question->kind == FETCH_LIST || (question->etag.len == 0 && question->last_modified.len == 0));
}

bool
fetch_answer_decode(struct slice bytes, struct fetch_answer *answer)
{
	struct cursor c = cursor_over(bytes);

	answer->status = (enum fetch_status)cursor_u8(&c);
	if (!take_text(&c, FETCH_VALIDATOR_MAX, &answer->etag) ||
		!take_text(&c, FETCH_VALIDATOR_MAX, &answer->last_modified) ||
		!take_text(&c, FETCH_ERROR_MAX, &answer->error))
		return false;
	answer->body = cursor_vec24(&c);
	return cursor_at_end(&c) && answer->body.len <= FETCH_BODY_MAX && (unsigned)answer->status < FETCH_UNAVAILABLE;
}

size_t
fetch_answer_addresses(const struct fetch_answer *answer, struct addr addresses[FETCH_ADDRESSES_MAX])
{
	size_t count = answer->body.len / sizeof(struct addr);

	if (answer->status != FETCH_OK || answer->body.len % sizeof(struct addr) || count > FETCH_ADDRESSES_MAX)
		return 0;
	if (count)
		memcpy(addresses, answer->body.ptr, answer->body.len);
	return count;
}
