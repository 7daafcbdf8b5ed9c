/* The facts of one request as somebody describes it.  See situation.h. */
#include "ctl/situation.h"

#include "classify/mime.h"
#include "policy/group.h"
#include "policy/path.h"

void
situation_init(struct situation *s)
{
	memset(s, 0, sizeof *s);
	s->facts.users = s->users;
}

bool
situation_set_text(char *dst, size_t dst_size, struct slice text, struct slice *fact)
{
	if (!slice_to_cstr(text, dst, dst_size))
		return false;
	*fact = slice_make(dst, text.len);
	return true;
}

bool
situation_set_url(struct situation *s, struct slice url)
{
	struct http_authority authority;
	struct http_target target;
	struct addr addr;

	url = slice_sub(url, 0, slice_find(url, '#'));
	if (!slice_to_cstr(url, s->url, sizeof s->url))
		return false;
	url.ptr = s->url;
	if (!http_target_parse(url, HTTP_METHOD_GET, &target) || target.form != HTTP_TARGET_ABSOLUTE ||
		!http_authority_parse(target.authority, &authority))
		return false;
	s->facts.site = http_authority_host(&authority, s->host);
	s->facts.destination.port = http_authority_port(&authority, target.scheme);
	if (addr_parse(s->facts.site, &addr))
		s->facts.destination.addr = addr;
	s->facts.path = policy_path(target.path.len && target.path.ptr[0] == '/' ? target.path : SLICE("/"), s->path);
	s->facts.transport = slice_eq_nocase(target.scheme, SLICE("https")) ? TRANSPORT_TLS : TRANSPORT_HTTP;
	return true;
}

bool
situation_add_type(struct situation_body *body, struct slice mime)
{
	enum mime_type type = mime_type_of_label(mime);
	char *to = body->text + body->text_len;

	if (body->type_count == SITUATION_TYPES_MAX || mime.len == 0 || mime.len > sizeof body->text - body->text_len)
		return false;
	body->types[body->type_count++] = slice_make(memcpy(to, mime.ptr, mime.len), mime.len);
	body->text_len += mime.len;
	if (type != MIME_EMPTY)
		body->type_classes |= UINT64_C(1) << mime_type_class(type);
	return true;
}

bool
situation_add_topic(struct situation_body *body, struct slice topic)
{
	struct situation_topic *to = &body->topics[body->topic_count];
	size_t equals = slice_find(topic, '=');
	uint64_t percent = 100;

	if (body->topic_count == SITUATION_TOPICS_MAX || equals == 0 ||
		!slice_to_cstr(slice_sub(topic, 0, equals), to->name, sizeof to->name) ||
		(equals < topic.len &&
			(!slice_to_u64(slice_sub(topic, equals + 1, topic.len), &percent) || percent > 100)))
		return false;
	to->percent = (unsigned)percent;
	body->topic_count++;
	return true;
}

bool
situation_set_user(struct situation *s, struct slice names)
{
	struct slice rest, name;

	s->facts.user_count = 0;
	if (!situation_set_text(s->user_text, sizeof s->user_text, names, &rest))
		return false;
	while (slice_split(&rest, ',', &name)) {
		if (s->facts.user_count == USER_NAMES_MAX)
			return false;
		s->users[s->facts.user_count++] = name;
	}
	return true;
}
