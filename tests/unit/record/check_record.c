/* The fields of a record and their redaction. */
#include "suites.h"

#include "record/format.h"

#include <jansson.h>
#include <stdio.h>

/* A record in which every field has a value of its own: the number of its row where it is a number. */
static struct record
full_record(void)
{
	static const struct slice monitor[] = {{"policy:1", 8}, {"policy:2", 8}};
	struct record r = {.kind = RECORD_FLOW, .action = RECORD_BLOCK};

	for (size_t i = 0; i < record_field_count; i++) {
		const struct record_field *f = &record_fields[i];
		void *at = (char *)&r + f->offset;

		if (f->type == RECORD_TYPE_TEXT)
			*(struct slice *)at = f->key;
		else if (f->type == RECORD_TYPE_URL)
			*(struct slice *)at = SLICE("https://user:secret@host.example/path?query#part");
		else if (f->type == RECORD_TYPE_TEXTS)
			*(struct record_texts *)at = (struct record_texts){monitor, 2};
		else if (f->type == RECORD_TYPE_U64)
			*(uint64_t *)at = i;
		else if (f->type == RECORD_TYPE_TIME)
			*(uint64_t *)at = 1000000000;
		else if (f->type == RECORD_TYPE_FLAG)
			*(bool *)at = true;
	}
	ck_assert(endpoint_parse(SLICE("10.0.0.2:40000"), &r.client));
	ck_assert(endpoint_parse(SLICE("[2001:db8::1]:443"), &r.origin));
	return r;
}

static json_t *
render(const struct record *r, enum record_urls keep)
{
	struct buffer b = buffer_make(RECORD_LINE_MAX);
	json_error_t error;
	json_t *line;

	ck_assert(ecs_render(r, keep, &b));
	ck_assert_uint_eq(slice_find(buffer_slice(&b), '\n'), buffer_len(&b) - 1);
	line = json_loadb(b.data + b.head, buffer_len(&b), JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(line != NULL, "%s: %.*s", error.text, SLICE_ARG(buffer_slice(&b)));
	buffer_release(&b);
	return line;
}

START_TEST(every_field_is_written_under_its_name)
{
	struct record r = full_record();
	json_t *line = render(&r, RECORD_URLS_FULL);

	ck_assert_uint_eq(json_object_size(line), record_field_count);
	for (size_t i = 0; i < record_field_count; i++) {
		const struct record_field *f = &record_fields[i];
		json_t *value = json_object_get(line, f->key.ptr);

		ck_assert_msg(value != NULL, "%s", f->key.ptr);
		if (f->type == RECORD_TYPE_TEXT)
			ck_assert_str_eq(json_string_value(value), f->key.ptr);
		else if (f->type == RECORD_TYPE_U64)
			ck_assert_uint_eq((uint64_t)json_integer_value(value), i);
		else if (f->type == RECORD_TYPE_FLAG)
			ck_assert(json_is_true(value));
		else if (f->type == RECORD_TYPE_URL)
			ck_assert_str_eq(json_string_value(value), "https://host.example/path?query#part");
	}
	ck_assert_str_eq(json_string_value(json_object_get(line, "@timestamp")), "1970-01-01T00:00:01.000000Z");
	ck_assert_str_eq(json_string_value(json_object_get(line, "event.dataset")), "sluice.flow");
	ck_assert_str_eq(json_string_value(json_object_get(line, "event.action")), "block");
	ck_assert_str_eq(json_string_value(json_object_get(line, "source.ip")), "10.0.0.2");
	ck_assert_int_eq(json_integer_value(json_object_get(line, "source.port")), 40000);
	ck_assert_str_eq(json_string_value(json_object_get(line, "destination.ip")), "2001:db8::1");
	ck_assert_int_eq(json_integer_value(json_object_get(line, "destination.port")), 443);
	ck_assert_uint_eq(json_array_size(json_object_get(line, "sluice.monitor")), 2);
	json_decref(line);
}
END_TEST

START_TEST(names_that_others_rely_on_are_there)
{
	static const char *const names[] = {"@timestamp", "event.action", "event.duration", "source.ip", "source.port",
		"destination.ip", "destination.port", "url.full", "url.domain", "http.request.method", "http.version",
		"http.response.status_code", "http.request.body.bytes", "http.response.body.bytes",
		"http.response.mime_type", "tls.version", "tls.cipher", "tls.client.server_name", "tls.client.ja4",
		"tls.next_protocol", "rule.id", "rule.category", "rule.reason"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ck_assert_msg(record_field_find(slice_of(names[i])) != NULL, "%s", names[i]);
	ck_assert_ptr_null(record_field_find(SLICE("rule")));
	ck_assert_ptr_null(record_field_find(SLICE("")));
}
END_TEST

START_TEST(what_is_not_known_is_left_out_and_zero_bytes_are_not)
{
	struct record r = {.kind = RECORD_EXCHANGE, .action = RECORD_INSPECT};
	json_t *line = render(&r, RECORD_URLS_FULL);

	/* @timestamp, event.dataset, event.action, event.duration and the two body sizes. */
	ck_assert_uint_eq(json_object_size(line), 6);
	ck_assert(json_is_integer(json_object_get(line, "http.response.body.bytes")));
	json_decref(line);

	r.kind = RECORD_FLOW;
	line = render(&r, RECORD_URLS_FULL);
	ck_assert_ptr_null(json_object_get(line, "http.response.body.bytes"));
	ck_assert(json_is_integer(json_object_get(line, "source.bytes")));
	json_decref(line);
}
END_TEST

static const struct {
	const char *url;
	const char *host;
	const char *path;
	const char *full;
} urls[] = {
	{"https://h/a/b?q=1#f", "https://h/", "https://h/a/b", "https://h/a/b?q=1#f"},
	{"https://h:8443/a", "https://h:8443/", "https://h:8443/a", "https://h:8443/a"},
	{"http://u:p@h/a", "http://h/", "http://h/a", "http://h/a"},
	{"http://u@x:p@h/a", "http://h/", "http://h/a", "http://h/a"},
	{"http://@h", "http://h", "http://h", "http://h"},
	{"http://u:p@h?q=a@b", "http://h", "http://h", "http://h?q=a@b"},
	{"http://h/a@b", "http://h/", "http://h/a@b", "http://h/a@b"},
	{"http://h/?u=http://u:p@x/", "http://h/", "http://h/", "http://h/?u=http://u:p@x/"},
	{"http://u:p@h\\@evil/", "http://h", "http://h\\@evil/", "http://h\\@evil/"},
	{"http://u:p@[2001:db8::1]:80/a", "http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/a",
		"http://[2001:db8::1]:80/a"},
	{"h:443", "h:443", "h:443", "h:443"},
	{"u:p@h:443", "h:443", "h:443", "h:443"},
	{"h/x?u=http://u:p@y/", "h/", "h/x", "h/x?u=http://u:p@y/"},
	{"", "", "", ""},
	{"://", "://", "://", "://"},
	{"https://", "https://", "https://", "https://"},
	{"https://h#frag@x", "https://h", "https://h", "https://h#frag@x"},
};

START_TEST(urls_lose_userinfo_and_what_the_setting_says)
{
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		const char *const want[] = {urls[i].full, urls[i].path, urls[i].host};

		for (unsigned keep = 0; keep < RECORD_URLS_COUNT; keep++) {
			struct record_url kept = record_url_redact(slice_of(urls[i].url), (enum record_urls)keep);
			char have[128];

			snprintf(have, sizeof have, "%.*s%.*s", SLICE_ARG(kept.first), SLICE_ARG(kept.second));
			ck_assert_msg(strcmp(have, want[keep]) == 0, "%s as %s: have %s, want %s", urls[i].url,
				record_urls_names[keep], have, want[keep]);
		}
	}
}
END_TEST

START_TEST(long_texts_are_cut_between_characters_and_say_so)
{
	static char text[RECORD_TEXT_MAX + 8];
	struct record r = {.error = {text, 0}};

	for (size_t before = 0; before < 4; before++) {
		json_t *line;
		const char *have;

		memset(text, 'x', sizeof text);
		memcpy(text + RECORD_TEXT_MAX - before, "\xf0\x9f\x98\x80", 4);
		r.error.len = sizeof text;
		line = render(&r, RECORD_URLS_FULL);
		have = json_string_value(json_object_get(line, "sluice.error"));
		ck_assert_uint_eq(strlen(have), RECORD_TEXT_MAX - before + 3);
		ck_assert_str_eq(have + RECORD_TEXT_MAX - before, "\xe2\x80\xa6");
		json_decref(line);
	}
}
END_TEST

START_TEST(no_record_is_longer_than_the_longest_line)
{
	static char text[100000];
	static struct slice items[100];
	struct record r = {0};

	memset(text, '\x01', sizeof text);
	for (size_t i = 0; i < 100; i++)
		items[i] = slice_make(text, sizeof text);
	for (size_t i = 0; i < record_field_count; i++) {
		void *at = (char *)&r + record_fields[i].offset;

		if (record_fields[i].type == RECORD_TYPE_TEXT || record_fields[i].type == RECORD_TYPE_URL)
			*(struct slice *)at = slice_make(text, sizeof text);
		else if (record_fields[i].type == RECORD_TYPE_U64)
			*(uint64_t *)at = UINT64_MAX;
	}
	r.monitor = (struct record_texts){items, 100};
	for (size_t i = 0; i < record_format_count; i++) {
		struct buffer b = buffer_make(RECORD_LINE_MAX);

		ck_assert_msg(record_formats[i].render(&r, RECORD_URLS_FULL, &b), "%s", record_formats[i].name);
		ck_assert_uint_eq(slice_find(buffer_slice(&b), '\n'), buffer_len(&b) - 1);
		buffer_release(&b);
	}
}
END_TEST

START_TEST(a_line_that_does_not_fit_leaves_nothing_behind)
{
	struct record r = full_record();

	for (size_t i = 0; i < record_format_count; i++) {
		for (size_t max = 1; max < 400; max++) {
			struct buffer b = buffer_make(max);

			if (!record_formats[i].render(&r, RECORD_URLS_FULL, &b))
				ck_assert_uint_eq(buffer_len(&b), 0);
			buffer_release(&b);
		}
	}
}
END_TEST

UNIT_SUITE(record, "record", every_field_is_written_under_its_name, names_that_others_rely_on_are_there,
	what_is_not_known_is_left_out_and_zero_bytes_are_not, urls_lose_userinfo_and_what_the_setting_says,
	long_texts_are_cut_between_characters_and_say_so, no_record_is_longer_than_the_longest_line,
	a_line_that_does_not_fit_leaves_nothing_behind)
