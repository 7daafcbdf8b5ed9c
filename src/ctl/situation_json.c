/* Situations from JSON.  See situation_json.h. */
#include "ctl/situation_json.h"

#include "ctl/option.h"
#include "policy/group.h"

#include <stdio.h>

static const struct addr no_addr;

struct reader {
	struct situation_request *r;
	uint64_t now;
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

static bool
read_type(struct reader *reader, const json_t *value)
{
	return json_is_string(value) && situation_set_type(&reader->r->situation, text_of(value));
}

static bool
read_size(struct reader *reader, const json_t *value)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	reader->r->situation.facts.size = (uint64_t)json_integer_value(value);
	facts_learn(&reader->r->situation.facts, FACT_SIZE);
	return true;
}

static bool
read_score(struct reader *reader, const json_t *value)
{
	if (!json_is_integer(value) || json_integer_value(value) > INT32_MAX || json_integer_value(value) < INT32_MIN)
		return false;
	reader->r->situation.facts.phrases = (int32_t)json_integer_value(value);
	facts_learn(&reader->r->situation.facts, FACT_PHRASES);
	return true;
}

static bool
read_upload(struct reader *reader, const json_t *value)
{
	reader->r->situation.upload.is_there = reader->r->situation.upload.size_is_known = true;
	reader->r->situation.upload.size = (uint64_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0;
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
	{"type", read_type, "type wants a MIME type"},
	{"size", read_size, "size wants a number of bytes"},
	{"score", read_score, "score wants a number"},
	{"upload", read_upload, "upload wants the number of bytes that the request carries"},
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
	snprintf(reader->r->text, sizeof reader->r->text, "no key is called \"%.60s\"", key);
	return refuse(reader->r, reader->r->text);
}

/* What is not told: absent where the whole is told, else what the proxy will find out. */
static void
settle(struct facts *f, bool is_whole)
{
	uint32_t told = f->known;

	if (f->application == 0)
		f->application = APPLICATION_HTTP1;
	if (f->method.len == 0)
		f->method = SLICE("GET");
	if (is_whole) {
		facts_settle(f, STAGE_BODY);
		return;
	}
	facts_settle(f, STAGE_REQUEST);
	f->known &= ~FACT_BIT(FACT_DIRECTION);
	if (told & (FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_SIZE) | FACT_BIT(FACT_PHRASES)))
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
	struct reader reader = {r, now};
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
	settle(&r->situation.facts, json_is_true(json_object_get(object, "whole")));
	return true;
}
