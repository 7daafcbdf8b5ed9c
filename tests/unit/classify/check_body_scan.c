/* One body through all stages. */
#include "suites.h"

#include "classify/body_scan.h"

#include <stdio.h>
#include <zlib.h>

static struct decode_budget budget = {.limit = 64 << 20};

static struct body_answer
scan(const struct body_scan_config *config, const struct body_labels *labels, struct slice body, size_t piece,
	struct body_scan **kept)
{
	struct body_scan *s = body_scan_open(config, labels);
	struct body_answer answer;
	bool wants_more = true;

	for (size_t at = 0; wants_more && at < body.len; at += piece)
		wants_more = body_scan_push(s, slice_sub(body, at, at + piece));
	body_scan_finish(s);
	body_scan_answer(s, &answer);
	ck_assert(answer.is_done);
	ck_assert(!body_scan_push(s, SLICE("more")));
	if (kept)
		*kept = s;
	else
		body_scan_close(s);
	return answer;
}

static struct slice
gzip(struct slice text)
{
	char *out = malloc(text.len + 100);
	z_stream z = {.next_in = (Bytef *)text.ptr,
		.avail_in = (uInt)text.len,
		.next_out = (Bytef *)out,
		.avail_out = (uInt)text.len + 100};

	ck_assert_int_eq(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return slice_make(out, text.len + 100 - z.avail_out);
}

static struct phrases *
gambling(struct phrases_scratch *scratch)
{
	struct phrases *set = phrases_new();
	struct problems problems = {0};

	ck_assert(phrases_read(set, SLICE("< jeux d'argent ><60>\n<caf\xc3\xa9><50>\n<good><-10>\n"), "list",
		PHRASE_WEIGHTED, &problems));
	ck_assert(phrases_compile(set, PHRASES_BEST));
	ck_assert(phrases_scratch_fit(scratch, set->engine));
	return set;
}

/* A page in Latin-1 that says so in its text. */
#define PAGE                                                                                           \
	"<!DOCTYPE html><html><head><meta charset=iso-8859-1><title>Caf\xe9 &amp; more</title></head>" \
	"<body><p>Les <b>JEUX</b> d&#39;ar<!-- -->gent</p><script>good</script></body></html>"

START_TEST(a_compressed_page_is_scored_by_what_people_see_in_any_split)
{
	struct phrases_scratch *scratch = phrases_scratch_new();
	struct phrases *set = gambling(scratch);
	struct body_scan_config config = {.stages = BODY_TYPE | BODY_PHRASES | BODY_TITLE,
		.decode_limits = decode_limits_default,
		.budget = &budget,
		.phrases = set,
		.scratch = scratch,
		.phrases_limits = phrases_limits_default};
	struct body_labels labels = {SLICE("gzip"), SLICE("text/html"), SLICE("/")};
	struct slice body = gzip(SLICE(PAGE));

	for (size_t piece = 1; piece < body.len + 10; piece += 13) {
		struct body_scan *s;
		struct body_answer a = scan(&config, &labels, body, piece, &s);

		ck_assert_int_eq(a.type.type, MIME_HTML);
		ck_assert_str_eq(charset_name(a.charset), "windows-1252");
		ck_assert_int_eq(a.decode, DECODE_DONE);
		ck_assert(a.has_phrases);
		ck_assert_int_eq(a.phrases.score, 110);
		ck_assert_int_eq(a.phrases.verdict, PHRASES_OVER);
		assert_slice(a.title, "Caf\xc3\xa9 & more");
		body_scan_close(s);
	}
	ck_assert_uint_eq(atomic_load(&budget.used), 0);
	phrases_free(set);
	phrases_scratch_free(scratch);
	free((void *)body.ptr);
}
END_TEST

START_TEST(where_only_the_type_is_asked_for_a_head_is_all_that_is_read)
{
	struct body_scan_config config = {
		.stages = BODY_TYPE, .decode_limits = decode_limits_default, .budget = &budget};
	struct body_labels labels = {SLICE_EMPTY, SLICE("image/png"), SLICE("/x.png")};
	static char body[100000] = "<html>";
	struct body_scan *s = body_scan_open(&config, &labels);
	struct body_answer a;
	size_t pushed = 0;

	while (pushed < sizeof body && body_scan_push(s, slice_make(body + pushed, 100)))
		pushed += 100;
	ck_assert_uint_lt(pushed, MIME_HEAD + 100);
	body_scan_answer(s, &a);
	ck_assert(a.has_type && a.is_done);
	ck_assert_int_eq(a.type.type, MIME_HTML);
	ck_assert(a.type.label_lies);
	ck_assert_ptr_null(a.charset);
	body_scan_close(s);
}
END_TEST

/* The type of a body that comes in pieces of this size. */
static enum mime_type
type_of(const char *body, size_t len, size_t piece, const char *content_type)
{
	struct body_scan_config config = {
		.stages = BODY_TYPE, .decode_limits = decode_limits_default, .budget = &budget};
	struct body_labels labels = {SLICE_EMPTY, slice_of(content_type), SLICE("/x.bin")};
	struct body_scan *s = body_scan_open(&config, &labels);
	struct body_answer a;
	enum mime_type type;
	size_t at = 0;

	while (at < len) {
		size_t n = len - at < piece ? len - at : piece;

		if (!body_scan_push(s, slice_make(body + at, n)))
			break;
		at += n;
	}
	ck_assert_uint_le(at, MIME_HEAD_MAX + piece);
	body_scan_finish(s);
	body_scan_answer(s, &a);
	ck_assert(a.has_type);
	type = a.type.type;
	body_scan_close(s);
	return type;
}

START_TEST(what_shows_late_is_waited_for_where_it_may_show)
{
	static const size_t pieces[] = {1, 100, 1445, 1446, 34816, 100000};
	static char iso[60000], ole[60000], zeros[60000], form[70000];
	size_t form_len = 0;

	memcpy(iso + 32769, "CD001", 5);
	memcpy(ole, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
	ole[0x1e] = 9;
	ole[0x30] = 40; /* the directory's first sector */
	for (size_t i = 0; i < 12; i++)
		ole[41 * 512 + 128 + 2 * i] = "WordDocument"[i];
	for (size_t i = 0; i < 6; i++)
		ole[41 * 512 + 256 + 2 * i] = "Macros"[i];
	form_len += (size_t)sprintf(form, "--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n");
	memcpy(form + form_len, zeros, 40000);
	form_len += 40000;
	form_len += (size_t)sprintf(form + form_len,
		"\r\n--x\r\nContent-Disposition: form-data; name=b; filename=b\r\n\r\nplain words\r\n--x--\r\n");
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		ck_assert_int_eq(type_of(iso, sizeof iso, pieces[i], "application/octet-stream"), MIME_ISO);
		ck_assert_int_eq(type_of(ole, sizeof ole, pieces[i], "application/msword"), MIME_OLE_MACRO);
		ck_assert_int_eq(type_of(zeros, sizeof zeros, pieces[i], ""), MIME_BINARY);
		/* Shorter than that it is what it is at its end. */
		ck_assert_int_eq(type_of(zeros, 5000, pieces[i], ""), MIME_BINARY);
		ck_assert_int_eq(type_of(ole, 22000, pieces[i], ""), MIME_OLE_MACRO);
		ck_assert_int_eq(type_of(ole, 20000, pieces[i], ""), MIME_OLE);
	}
	/* Part by part. */
	memcpy(strstr(form, "\r\n\r\n") + 4 + 32769, "CD001", 5);
	for (size_t piece = 7; piece < 80000; piece *= 9) {
		struct body_scan_config config = {
			.stages = BODY_TYPE, .decode_limits = decode_limits_default, .budget = &budget};
		struct body_labels labels = {SLICE_EMPTY, SLICE("multipart/form-data; boundary=x"), SLICE_EMPTY};
		struct body_scan *s = body_scan_open(&config, &labels);
		struct body_answer a;

		for (size_t at = 0; at < form_len; at += piece)
			body_scan_push(s, slice_make(form + at, form_len - at < piece ? form_len - at : piece));
		body_scan_finish(s);
		body_scan_answer(s, &a);
		ck_assert_int_eq(a.type.type, MIME_ISO);
		ck_assert_uint_eq(
			a.type_classes, UINT64_C(1) << MIME_CLASS_DISK_IMAGE | UINT64_C(1) << MIME_CLASS_TEXT);
		body_scan_close(s);
	}
}
END_TEST

START_TEST(a_body_that_is_no_text_is_never_scanned)
{
	struct phrases_scratch *scratch = phrases_scratch_new();
	struct phrases *set = gambling(scratch);
	struct body_scan_config config = {.stages = BODY_PHRASES,
		.decode_limits = decode_limits_default,
		.budget = &budget,
		.phrases = set,
		.scratch = scratch,
		.phrases_limits = phrases_limits_default};
	struct body_labels labels = {SLICE_EMPTY, SLICE("text/html"), SLICE("/")};
	struct body_answer a = scan(&config, &labels, SLICE("\x89PNG\r\n\x1a\n\0caf\xc3\xa9"), 100, NULL);

	ck_assert_int_eq(a.type.type, MIME_PNG);
	ck_assert(!a.has_phrases);
	phrases_free(set);
	phrases_scratch_free(scratch);
}
END_TEST

START_TEST(a_body_that_cannot_be_decoded_has_a_named_answer)
{
	static const struct {
		const char *coding, *body;
		enum decode_status status;
		bool has_type;
	} cases[] = {
		{"compress", "x", DECODE_UNKNOWN_CODING, false},
		{"gzip, gzip, gzip", "x", DECODE_TOO_DEEP, false},
		{"gzip", "no gzip at all", DECODE_BAD_DATA, false},
		{"gzip", "\x1f\x8b\x08", DECODE_TRUNCATED, false},
		{"", "<p>", DECODE_DONE, true},
		{"gzip", "", DECODE_DONE, true},
	};
	struct body_scan_config config = {
		.stages = BODY_TYPE, .decode_limits = decode_limits_default, .budget = &budget};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct body_labels labels = {slice_of(cases[i].coding), SLICE_EMPTY, SLICE_EMPTY};
		struct body_answer a = scan(&config, &labels, slice_of(cases[i].body), 3, NULL);

		ck_assert_msg(a.decode == cases[i].status, "row %zu: %s", i, decode_status_name(a.decode));
		ck_assert_int_eq(a.has_type, cases[i].has_type);
	}
}
END_TEST

START_TEST(a_bomb_ends_the_scan_and_the_type_is_still_known)
{
	struct body_scan_config config = {.stages = BODY_TITLE,
		.decode_limits = decode_limits_default,
		.budget = &budget,
		.title_bytes_max = UINT64_MAX};
	struct body_labels labels = {SLICE("gzip"), SLICE("text/html"), SLICE_EMPTY};
	struct slice text = slice_make(calloc(1, 4 << 20), 4 << 20);
	struct slice body;
	struct body_answer a;

	memset((char *)text.ptr, ' ', text.len);
	body = gzip(text);
	a = scan(&config, &labels, body, 100, NULL);
	ck_assert_int_eq(a.decode, DECODE_OVER_RATIO);
	ck_assert(a.has_type);
	ck_assert_int_eq(a.type.type, MIME_HTML);
	free((void *)text.ptr);
	free((void *)body.ptr);
}
END_TEST

#define FORM_TYPE SLICE("multipart/form-data; boundary=b")
#define FORM_BODY                                                                                 \
	"--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nles jeux\r\n"                   \
	"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: " \
	"text/plain\r\n\r\n\x7f"                                                                  \
	"ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0>\0\1\0\0\0\r\n"                                          \
	"--b\r\nContent-Type: text/html\r\n\r\n<p>les jeux d&#39;argent caf\xc3\xa9</p>\r\n--b--\r\n"

START_TEST(each_part_of_an_upload_is_read_as_what_it_is_whatever_it_says)
{
	struct phrases_scratch *scratch = phrases_scratch_new();
	struct phrases *set = gambling(scratch);
	struct body_scan_config config = {.stages = BODY_TYPE | BODY_PHRASES,
		.decode_limits = decode_limits_default,
		.budget = &budget,
		.phrases = set,
		.scratch = scratch,
		.phrases_limits = phrases_limits_default};
	struct body_labels labels = {SLICE_EMPTY, FORM_TYPE, SLICE_EMPTY};
	struct slice body = slice_make(FORM_BODY, sizeof FORM_BODY - 1);

	for (size_t piece = 1; piece < body.len + 10; piece += 7) {
		struct body_scan *s;
		struct body_answer a = scan(&config, &labels, body, piece, &s);

		ck_assert_int_eq(a.type.type, MIME_TEXT);
		ck_assert(a.has_all_types);
		ck_assert(a.type_classes & UINT64_C(1) << MIME_CLASS_EXECUTABLE);
		ck_assert(a.type_classes & UINT64_C(1) << MIME_CLASS_HTML);
		ck_assert_uint_eq(a.more_type_count, 2);
		ck_assert_int_eq(a.phrases.score, 110);
		body_scan_close(s);
	}
	phrases_free(set);
	phrases_scratch_free(scratch);
}
END_TEST

START_TEST(a_posted_form_is_read_as_its_values)
{
	struct phrases_scratch *scratch = phrases_scratch_new();
	struct phrases *set = gambling(scratch);
	struct body_scan_config config = {.stages = BODY_TYPE | BODY_PHRASES,
		.decode_limits = decode_limits_default,
		.budget = &budget,
		.phrases = set,
		.scratch = scratch,
		.phrases_limits = phrases_limits_default};
	struct body_labels labels = {SLICE_EMPTY, SLICE("application/x-www-form-urlencoded"), SLICE_EMPTY};
	struct body_scan *s;
	struct body_answer a = scan(&config, &labels, SLICE("a=1&b=les+jeux+d%27argent&c=Caf%C3%A9"), 5, &s);

	ck_assert_int_eq(a.phrases.score, 110);
	body_scan_close(s);
	phrases_free(set);
	phrases_scratch_free(scratch);
}
END_TEST

START_TEST(a_body_that_only_says_that_it_has_parts_is_read_as_a_whole)
{
	struct body_scan_config config = {
		.stages = BODY_TYPE, .decode_limits = decode_limits_default, .budget = &budget};
	struct body_labels labels = {SLICE_EMPTY, FORM_TYPE, SLICE_EMPTY};
	struct body_scan *s;
	struct body_answer a = scan(&config, &labels, slice_make("MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff", 14), 1, &s);

	ck_assert(a.type_classes & UINT64_C(1) << MIME_CLASS_EXECUTABLE);
	body_scan_close(s);
}
END_TEST

UNIT_SUITE(body_scan, "body_scan", a_compressed_page_is_scored_by_what_people_see_in_any_split,
	where_only_the_type_is_asked_for_a_head_is_all_that_is_read, what_shows_late_is_waited_for_where_it_may_show,
	a_body_that_is_no_text_is_never_scanned, a_body_that_cannot_be_decoded_has_a_named_answer,
	a_bomb_ends_the_scan_and_the_type_is_still_known, each_part_of_an_upload_is_read_as_what_it_is_whatever_it_says,
	a_posted_form_is_read_as_its_values, a_body_that_only_says_that_it_has_parts_is_read_as_a_whole)
