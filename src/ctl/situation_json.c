/* Situations from JSON.  See situation_json.h. */
#include "ctl/situation_json.h"

#include "ctl/option.h"
#include "policy/group.h"

#include <stdio.h>

static const struct addr no_addr;

struct reader {
	struct situation_request *r;
	uint64_t now;
	bool is_chunked; /* the upload */
};

static struct slice
text_of(const json_t *value)
{
	return json_is_string(value) ? slice_make(json_string_value(value), json_string_length(value)) : SLICE_EMPTY;
}

/* The nth value of a header: its own one, or of a list. */
static bool
header_of(const void *context, struct slice name, unsigned nth, struct slice *value)
{
	const char *key;
	json_t *member;

	/* jansson's walk does not change what it walks over. */
	json_object_foreach((json_t *)(uintptr_t)context, key, member)
	{
		const json_t *one = json_is_array(member) ? json_array_get(member, nth) : nth == 0 ? member : NULL;

		if (!slice_eq_nocase(slice_of(key), name))
			continue;
		*value = text_of(one);
		return json_is_string(one);
	}
	return false;
}

/* ---- keys ---- */

static bool
read_client(struct reader *reader, const json_t *value)
{
	return addr_parse(text_of(value), &reader->r->situation.facts.client);
}

static bool
read_url(struct reader *reader, const json_t *value)
{
	return situation_set_url(&reader->r->situation, text_of(value));
}

static bool
read_at(struct reader *reader, const json_t *value)
{
	uint64_t ns;

	if (json_is_integer(value))
		reader->r->situation.facts.time = (int64_t)json_integer_value(value);
	else if (option_read_time(text_of(value), reader->now, &ns))
		reader->r->situation.facts.time = (int64_t)(ns / 1000000000u);
	else
		return false;
	return true;
}

static bool
read_method(struct reader *reader, const json_t *value)
{
	struct situation *s = &reader->r->situation;

	return json_is_string(value) &&
	       situation_set_text(s->method, sizeof s->method, text_of(value), &s->facts.method);
}

static bool
read_version(struct reader *reader, const json_t *value)
{
	struct slice text = text_of(value);

	reader->r->situation.facts.application |= slice_eq(text, SLICE("2")) ? APPLICATION_HTTP2 : APPLICATION_HTTP1;
	return slice_eq(text, SLICE("2")) || slice_eq(text, SLICE("1.1")) || slice_eq(text, SLICE("1.0"));
}

static bool
read_websocket(struct reader *reader, const json_t *value)
{
	if (json_is_true(value))
		reader->r->situation.facts.application |= APPLICATION_WEBSOCKET;
	return json_is_boolean(value);
}

static bool
read_headers(struct reader *reader, const json_t *value)
{
	struct facts *f = &reader->r->situation.facts;

	f->header = header_of;
	f->header_context = value;
	facts_learn(f, FACT_HEADER);
	return json_is_object(value);
}

/* One text, or a list of them. */
static bool
read_texts(
	struct situation_body *body, const json_t *value, bool (*add)(struct situation_body *body, struct slice text))
{
	if (json_is_string(value))
		return add(body, text_of(value));
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)) || !add(body, text_of(json_array_get(value, i))))
			return false;
	return json_is_array(value);
}

static bool
read_body_type(struct situation_body *body, const json_t *value)
{
	body->known |= FACT_BIT(FACT_TYPE);
	return read_texts(body, value, situation_add_type);
}

static bool
read_body_topic(struct situation_body *body, const json_t *value)
{
	body->known |= FACT_BIT(FACT_TOPIC);
	return read_texts(body, value, situation_add_topic);
}

static bool
read_body_size(struct situation_body *body, const json_t *value)
{
	body->known |= FACT_BIT(FACT_SIZE);
	body->size = (uint64_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool
read_body_score(struct situation_body *body, const json_t *value)
{
	body->known |= FACT_BIT(FACT_PHRASES);
	body->phrases = (int32_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) <= INT32_MAX &&
	       json_integer_value(value) >= INT32_MIN;
}

static bool
read_body_unread(struct situation_body *body, const json_t *value)
{
	body->known |= FACT_BIT(FACT_UNREAD);
	return json_is_string(value) && slice_to_cstr(text_of(value), body->unread, sizeof body->unread);
}

static const struct {
	const char *key;
	bool (*read)(struct situation_body *body, const json_t *value);
	const char *wants;
} body_keys[] = {
	{"type", read_body_type, "type wants a MIME type, or a list of those of several parts"},
	{"size", read_body_size, "size wants a number of bytes"},
	{"score", read_body_score, "score wants a number"},
	{"topic", read_body_topic, "topic wants NAME or NAME=PERCENT, or a list of them"},
	{"unread", read_body_unread, "unread wants the reason why a body cannot be read, or \"\""},
};

#define BODY_KEY_COUNT (sizeof body_keys / sizeof body_keys[0])

/* The number of bytes, or an object with what is known of them. */
static bool
read_upload(struct reader *reader, const json_t *value)
{
	struct situation *s = &reader->r->situation;
	const char *key;
	json_t *member;

	s->has_upload = s->upload_is_announced = true;
	if (!json_is_object(value))
		return read_body_size(&s->upload, value);
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
	{
		size_t i = 0;

		while (i < BODY_KEY_COUNT && strcmp(key, body_keys[i].key) != 0)
			i++;
		if (i == BODY_KEY_COUNT || !body_keys[i].read(&s->upload, member))
			return false;
	}
	return true;
}

static bool
read_chunked(struct reader *reader, const json_t *value)
{
	reader->is_chunked = json_is_true(value);
	return json_is_boolean(value);
}

static bool
read_search(struct reader *reader, const json_t *value)
{
	struct situation *s = &reader->r->situation;

	facts_learn(&s->facts, FACT_SEARCH);
	return json_is_string(value) &&
	       situation_set_text(s->search, sizeof s->search, text_of(value), &s->facts.search);
}

static bool
read_unproved(struct reader *reader, const json_t *value)
{
	reader->r->situation.facts.site_is_unproved = json_is_true(value);
	return json_is_boolean(value);
}

static bool
read_user(struct reader *reader, const json_t *value)
{
	reader->r->names_user = true;
	return json_is_null(value) ||
	       (json_is_string(value) && situation_set_user(&reader->r->situation, text_of(value)));
}

static bool
read_mac(struct reader *reader, const json_t *value)
{
	return mac_parse(text_of(value), reader->r->situation.facts.mac);
}

static bool
read_ja4(struct reader *reader, const json_t *value)
{
	struct situation *s = &reader->r->situation;

	facts_learn(&s->facts, FACT_JA4);
	return json_is_string(value) && situation_set_text(s->ja4, sizeof s->ja4, text_of(value), &s->facts.ja4);
}

/* As "ADDRESS": the port is the URL's. */
static bool
read_destination(struct reader *reader, const json_t *value)
{
	return addr_parse(text_of(value), &reader->r->situation.facts.destination.addr);
}

/* {"issuer": TEXT, "age": SECONDS, "self_signed": BOOL}, or null where there is none. */
static bool
read_certificate(struct reader *reader, const json_t *value)
{
	struct situation *s = &reader->r->situation;
	const json_t *issuer = json_object_get(value, "issuer"), *age = json_object_get(value, "age");
	const json_t *self_signed = json_object_get(value, "self_signed");

	facts_learn(&s->facts, FACT_CERTIFICATE);
	if (json_is_null(value))
		return true;
	s->facts.certificate.present = true;
	s->facts.certificate.age = (int64_t)json_integer_value(age);
	s->facts.certificate.self_signed = json_is_true(self_signed);
	return json_is_string(issuer) && (age == NULL || json_is_integer(age)) &&
	       (self_signed == NULL || json_is_boolean(self_signed)) &&
	       situation_set_text(s->issuer, sizeof s->issuer, text_of(issuer), &s->facts.certificate.issuer);
}

static bool
read_whole(struct reader *reader, const json_t *value)
{
	(void)reader;
	return json_is_boolean(value);
}

static const struct {
	const char *key;
	bool (*read)(struct reader *reader, const json_t *value);
	const char *wants;
} keys[] = {
	{"client", read_client, "client wants an address"},
	{"url", read_url, "url wants a whole URL, such as https://www.example.org/"},
	{"at", read_at, "at wants a time, or seconds since 1970"},
	{"method", read_method, "method wants a text, not too long"},
	{"version", read_version, "version wants \"1.1\" or \"2\""},
	{"websocket", read_websocket, "websocket wants true or false"},
	{"headers", read_headers, "headers wants an object of texts and lists of texts"},
	{"chunked", read_chunked, "chunked wants true or false: the request does not say how large its body is"},
	{"upload", read_upload,
		"upload wants the number of bytes that the request carries, or an object with type, size, score, topic "
		"and unread"},
	{"search", read_search, "search wants the terms, in lower case"},
	{"unproved", read_unproved, "unproved wants true or false: the destination was not shown to be the site's"},
	{"user", read_user, "user wants NAME[,@GROUP...], or null for nobody"},
	{"mac", read_mac, "mac wants an address such as 02:00:00:aa:bb:cc"},
	{"ja4", read_ja4, "ja4 wants a fingerprint"},
	{"certificate", read_certificate,
		"certificate wants null, or an object with issuer, and age (seconds) and self_signed where they "
		"matter"},
	{"destination", read_destination, "destination wants an address"},
	{"whole", read_whole, "whole wants true or false"},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static bool
refuse(struct situation_request *r, const char *why)
{
	r->wrong = why;
	return false;
}

static bool
read_member(struct reader *reader, const char *key, const json_t *value)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strcmp(key, keys[i].key) == 0)
			return keys[i].read(reader, value) || refuse(reader->r, keys[i].wants);
	for (size_t i = 0; i < BODY_KEY_COUNT; i++)
		if (strcmp(key, body_keys[i].key) == 0)
			return body_keys[i].read(&reader->r->situation.download, value) ||
			       refuse(reader->r, body_keys[i].wants);
	snprintf(reader->r->text, sizeof reader->r->text, "no key is called \"%.60s\"", key);
	return refuse(reader->r, reader->r->text);
}

/* What is not told: absent where the whole is told, else what the proxy will find out. */
static void
settle(struct situation *s, bool is_whole)
{
	struct facts *f = &s->facts;
	uint32_t told = f->known;

	if (f->application == 0)
		f->application = APPLICATION_HTTP1;
	if (f->method.len == 0)
		f->method = SLICE("GET");
	if (is_whole) {
		facts_settle(f, STAGE_BODY);
		s->download.known = s->upload.known = SITUATION_BODY_FACTS;
		return;
	}
	facts_settle(f, STAGE_REQUEST);
	f->known &= ~FACT_BIT(FACT_DIRECTION);
	if (s->download.known)
		facts_learn(f, FACT_DIRECTION);
	if (f->transport == TRANSPORT_TLS)
		f->known &= ~(FACT_BIT(FACT_CERTIFICATE) | FACT_BIT(FACT_JA4)) | told;
	if (addr_eq(&f->destination.addr, &no_addr))
		f->known &= ~FACT_BIT(FACT_DESTINATION);
	if (!(told & FACT_BIT(FACT_HEADER)))
		f->known &= ~FACT_BIT(FACT_HEADER);
}

bool
situation_from_json(struct situation_request *r, const json_t *object, uint64_t now)
{
	struct reader reader = {r, now, false};
	const char *key;
	json_t *value;

	situation_init(&r->situation);
	r->names_user = false;
	r->wrong = NULL;
	r->situation.facts.time = (int64_t)(now / 1000000000u);
	if (!json_is_object(object))
		return refuse(r, "a line is one JSON object");
	if (json_object_get(object, "client") == NULL || json_object_get(object, "url") == NULL)
		return refuse(r, "client and url are wanted");
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		if (!read_member(&reader, key, value))
			return false;
	}
	/* Where it goes says more than the URL does. */
	value = json_object_get(object, "destination");
	if (value)
		read_destination(&reader, value);
	r->situation.upload_is_announced &= !reader.is_chunked;
	settle(&r->situation, json_is_true(json_object_get(object, "whole")));
	return true;
}
