/* The chain of stages.  See body_scan.h.  Each stage is the sink of the one before it:
 * decode -> head and type -> charset -> HTML text -> normal form -> phrases and words. */
#include "classify/body_scan.h"

#include "base/form.h"
#include "classify/form_text.h"
#include "classify/html_text.h"
#include "classify/multipart.h"
#include "classify/text_normal.h"

#include <stdlib.h>

/* How a type's text is read. */
enum reading { READ_NOT, READ_TEXT, READ_HTML, READ_XML, READ_FORM };

#define PART_LABEL_MAX 256 /* of a part's type and file name */

struct body_scan {
	struct body_scan_config config;
	struct body_labels labels;
	enum decode_status status;
	struct decode *decode; /* owned; NULL where the coding could not be undone */
	uint64_t decoded;
	bool is_multipart, is_form;
	bool has_type;        /* of some part */
	bool has_part_type;   /* of the part that is read; of the body where it has no parts */
	bool has_read_part;   /* nobody wants the rest of the part */
	bool has_read_enough; /* nor of the body */
	bool has_text;        /* phrases and words were begun */
	bool is_done;
	bool reads_title, reads_phrases, reads_topic; /* still */
	enum reading reading;
	struct mime_answer type;
	uint64_t type_classes;
	struct slice more_types[BODY_MORE_TYPES_MAX];
	size_t more_type_count;
	char part_type[PART_LABEL_MAX], part_name[PART_LABEL_MAX];
	struct multipart multipart;
	struct form_text form;
	const struct charset *charset; /* NULL until the text is read */
	struct charset_reader reader;
	struct html_text html;
	struct text_normal normal;
	struct phrases_scan *phrases;  /* owned */
	struct text_features features; /* owned */
	struct text_topic topic;
	bool has_topic;
	uint8_t topics[TEXT_CLASSES_MAX];
	size_t head_len;
	bool is_long;    /* the head is in `long_head` */
	char *long_head; /* owned: MIME_HEAD_MAX bytes; NULL until a body asks for it */
	char head[MIME_HEAD];
};

/* ---- the last stages ---- */

static struct text_topic
score_features(const struct body_scan *s, uint8_t percents[TEXT_CLASSES_MAX])
{
	float scores[TEXT_CLASSES_MAX];
	struct text_topic topic = text_model_score(s->config.model, &s->features, scores);

	text_model_percents(s->config.model, &topic, scores, percents);
	return topic;
}

static void
score_topic(struct body_scan *s)
{
	if (s->has_topic || !(s->config.stages & BODY_TOPIC) || !s->has_text)
		return;
	text_features_finish(&s->features);
	s->topic = score_features(s, s->topics);
	s->has_topic = true;
	s->reads_topic = false;
	text_features_release(&s->features);
}

static bool
on_normal(void *context, struct slice text)
{
	struct body_scan *s = context;

	if (s->reads_phrases)
		s->reads_phrases = phrases_scan_push(s->phrases, text);
	if (s->reads_topic && !text_features_push(&s->features, text))
		score_topic(s);
	return s->reads_phrases || s->reads_topic || s->reads_title;
}

static bool
on_text(void *context, struct slice text)
{
	struct body_scan *s = context;

	/* Where only the title is read, its text needs no form. */
	if (!s->reads_phrases && !s->reads_topic)
		return s->reads_title;
	return text_normal_push(&s->normal, text, on_normal, s);
}

static bool
on_utf8(void *context, struct slice text)
{
	struct body_scan *s = context;

	switch (s->reading) {
	case READ_TEXT:
		return on_text(s, text);
	case READ_FORM:
		return form_text_push(&s->form, text, on_text, s);
	default:
		return html_text_push(&s->html, text, on_text, s);
	}
}

/* ---- head and type ---- */

static enum reading
reading_of(enum mime_type type)
{
	switch (mime_type_class(type)) {
	case MIME_CLASS_HTML:
		return type == MIME_XHTML ? READ_XML : READ_HTML;
	case MIME_CLASS_XML:
		return READ_XML;
	case MIME_CLASS_TEXT:
	case MIME_CLASS_JSON:
		return READ_TEXT;
	default:
		return type == MIME_SVG ? READ_XML : READ_NOT;
	}
}

/* What all parts share. */
static bool
begin_text(struct body_scan *s)
{
	unsigned stages = s->config.stages;
	uint64_t topic_max = s->config.topic_bytes_max ? s->config.topic_bytes_max : BODY_TOPIC_BYTES;

	if (stages & BODY_PHRASES) {
		s->phrases = phrases_scan_open(s->config.phrases, s->config.scratch, &s->config.phrases_limits);
		if (s->phrases == NULL)
			return false;
	}
	if (stages & BODY_TOPIC)
		text_features_start(&s->features, &s->config.model->vocabulary, topic_max);
	s->reads_phrases = stages & BODY_PHRASES;
	s->reads_topic = stages & BODY_TOPIC;
	s->reads_title = stages & BODY_TITLE;
	s->has_text = true;
	return true;
}

static bool
open_text(struct body_scan *s, struct slice head, struct slice content_type)
{
	if (!s->has_text && !begin_text(s))
		return false;
	if (s->reading == READ_TEXT || s->reading == READ_FORM)
		s->reads_title = false;
	charset_close(&s->reader);
	s->charset = charset_choose(head, content_type, NULL);
	charset_open(&s->reader, s->charset); /* an encoding without its module still shows its ASCII */
	html_text_start(&s->html, s->reading == READ_XML);
	form_text_start(&s->form);
	text_normal_start(&s->normal);
	return true;
}

static void
note_type(struct body_scan *s, const struct mime_answer *type)
{
	struct slice name = slice_of(mime_type_name(type->type));

	s->type_classes |= UINT64_C(1) << mime_type_class(type->type);
	if (!s->has_type) {
		s->type = *type;
		s->has_type = true;
		return;
	}
	for (size_t i = 0; i < s->more_type_count; i++)
		if (slice_eq(s->more_types[i], name))
			return;
	if (type->type != s->type.type && s->more_type_count < BODY_MORE_TYPES_MAX)
		s->more_types[s->more_type_count++] = name;
}

static bool
reads_text(const struct body_scan *s)
{
	return s->reads_phrases || s->reads_topic || s->reads_title;
}

static struct slice
head_of(const struct body_scan *s)
{
	return slice_make(s->is_long ? s->long_head : s->head, s->head_len);
}

/* Room for more of the head, where that may say more; false where it does not, or memory is out. */
static bool
grow_head(struct body_scan *s)
{
	if (s->is_long || !mime_shows_later(head_of(s)))
		return false;
	if (s->long_head == NULL)
		s->long_head = malloc(MIME_HEAD_MAX);
	if (s->long_head == NULL)
		return false;
	memcpy(s->long_head, s->head, s->head_len);
	s->is_long = true;
	return true;
}

/* Takes what the head still wants off *bytes; true once it is full. */
static bool
fill_head(struct body_scan *s, struct slice *bytes)
{
	char *head = s->is_long ? s->long_head : s->head;
	size_t room = (s->is_long ? MIME_HEAD_MAX : sizeof s->head) - s->head_len;
	size_t n = bytes->len < room ? bytes->len : room;

	memcpy(head + s->head_len, bytes->ptr, n);
	s->head_len += n;
	*bytes = slice_sub(*bytes, n, bytes->len);
	return n == room;
}

/* The head is there: what is it, and who wants to read it? */
static bool
decide_type(struct body_scan *s)
{
	struct slice head = head_of(s);
	struct mime_hints hints = {s->labels.content_type, s->labels.path};
	struct mime_answer type;

	if (s->is_multipart)
		hints = (struct mime_hints){slice_of(s->part_type), slice_of(s->part_name)};
	type = mime_sniff(head, &hints);
	s->has_part_type = true;
	note_type(s, &type);
	s->reading = reading_of(type.type);
	if (s->is_form && s->reading == READ_TEXT)
		s->reading = READ_FORM;
	if (s->reading == READ_NOT || (s->config.stages & ~(unsigned)(BODY_TYPE | BODY_WHOLE)) == 0)
		return false;
	if (!open_text(s, head, hints.label)) {
		s->status = DECODE_OVER_MEMORY;
		return false;
	}
	return reads_text(s) && charset_push(&s->reader, head, on_utf8, s);
}

/* The next bytes of a part, or of a body that has none.  False: nobody wants the rest of it. */
static bool
read_part(struct body_scan *s, struct slice bytes)
{
	if (!s->has_part_type) {
		do {
			if (!fill_head(s, &bytes))
				return true;
		} while (grow_head(s));
		if (!decide_type(s))
			return false;
	}
	return reads_text(s) && (bytes.len == 0 || charset_push(&s->reader, bytes, on_utf8, s));
}

/* Gives out what the text stages hold back. */
static void
finish_text(struct body_scan *s)
{
	bool goes_on;

	if (s->charset == NULL || !(s->reads_phrases || s->reads_topic))
		return;
	goes_on = charset_finish(&s->reader, on_utf8, s);
	if (goes_on && s->reading == READ_FORM)
		goes_on = form_text_finish(&s->form, on_text, s);
	else if (goes_on && s->reading != READ_TEXT)
		goes_on = html_text_finish(&s->html, on_text, s);
	if (goes_on)
		text_normal_finish(&s->normal, on_normal, s);
}

/* ---- parts ---- */

static void
on_part(void *context, const struct multipart_part *part)
{
	struct body_scan *s = context;

	slice_to_cstr(slice_sub(part->content_type, 0, sizeof s->part_type - 1), s->part_type, sizeof s->part_type);
	slice_to_cstr(slice_sub(part->filename, 0, sizeof s->part_name - 1), s->part_name, sizeof s->part_name);
	s->head_len = 0;
	s->is_long = false;
	s->has_part_type = s->has_read_part = false;
	s->reading = READ_NOT;
	s->charset = NULL;
}

static void
on_part_data(void *context, struct slice bytes)
{
	struct body_scan *s = context;

	if (!s->has_read_part)
		s->has_read_part = !read_part(s, bytes);
}

static void
on_part_end(void *context)
{
	struct body_scan *s = context;

	if (!s->has_part_type && s->head_len)
		decide_type(s);
	finish_text(s);
	s->head_len = 0;
	s->charset = NULL;
}

static struct multipart_sink
part_sink(struct body_scan *s)
{
	return (struct multipart_sink){on_part, on_part_data, on_part_end, s};
}

/* False: nobody wants the rest. */
static bool
read_body(struct body_scan *s, struct slice bytes)
{
	struct multipart_sink sink = part_sink(s);

	if (s->is_multipart) {
		if (multipart_push(&s->multipart, bytes, &sink) != PARSE_BAD)
			return true;
		/* It says that it has parts, and has none. */
		s->is_multipart = false;
		if (!read_part(s, multipart_taken(&s->multipart)))
			return false;
	}
	return read_part(s, bytes);
}

static bool
on_decoded(void *context, struct slice bytes)
{
	struct body_scan *s = context;
	uint64_t title_max = s->config.title_bytes_max ? s->config.title_bytes_max : BODY_TITLE_BYTES;

	s->decoded += bytes.len;
	if (s->has_type && s->decoded > title_max)
		s->reads_title = false;
	if (!s->has_read_enough)
		s->has_read_enough = !read_body(s, bytes);
	return !s->has_read_enough || ((s->config.stages & BODY_WHOLE) && !decode_is_identity(s->decode));
}

/* ---- the scan ---- */

struct body_scan *
body_scan_open(const struct body_scan_config *config, const struct body_labels *labels)
{
	struct body_scan *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->config = *config;
	s->labels = *labels;
	s->reader.iconv = (iconv_t)-1;
	s->is_multipart = multipart_start(&s->multipart, labels->content_type);
	s->is_form = form_is_type(labels->content_type);
	s->status = decode_open(labels->content_encoding, &config->decode_limits, config->budget, &s->decode);
	s->is_done = s->status != DECODE_OK;
	return s;
}

/* All that will come has come.  What came before a failure is worth an answer, too. */
static void
settle(struct body_scan *s)
{
	struct multipart_sink sink = part_sink(s);

	if (s->is_multipart)
		multipart_finish(&s->multipart, &sink);
	else if (!s->has_part_type && (s->head_len || s->status == DECODE_DONE))
		decide_type(s);
	finish_text(s);
	score_topic(s);
	s->is_done = true;
	s->reads_phrases = s->reads_topic = s->reads_title = false;
}

bool
body_scan_push(struct body_scan *s, struct slice bytes)
{
	enum decode_status status;

	if (s->is_done)
		return false;
	status = decode_push(s->decode, bytes, on_decoded, s);
	if (status != DECODE_OK) {
		if (s->status == DECODE_OK)
			s->status = status;
		settle(s);
	}
	return !s->is_done;
}

void
body_scan_finish(struct body_scan *s)
{
	if (!s->is_done && s->decode)
		s->status = decode_finish(s->decode);
	settle(s);
}

const uint8_t *
body_scan_guess_topic(struct body_scan *s)
{
	if (!s->reads_topic)
		return NULL;
	s->topic = score_features(s, s->topics);
	return s->topics;
}

void
body_scan_answer(const struct body_scan *s, struct body_answer *out)
{
	*out = (struct body_answer){
		.has_type = s->has_type,
		.type = s->type,
		.type_classes = s->type_classes,
		.more_types = s->more_types,
		.more_type_count = s->more_type_count,
		.has_all_types = s->has_type && (!s->is_multipart || s->is_done),
		.charset = s->charset,
		.decode = s->status,
		.decoded = s->decoded,
		.has_phrases = s->phrases != NULL,
		.has_topic = s->has_topic,
		.topic = s->topic,
		.topics = s->has_topic ? s->topics : NULL,
		.title = html_capture_slice(&s->html.title),
		.description = html_capture_slice(&s->html.description),
		.has_read_enough = s->is_done || s->has_read_enough,
		.is_done = s->is_done,
	};
	if (s->phrases)
		phrases_scan_result(s->phrases, &out->phrases);
}

void
body_scan_close(struct body_scan *s)
{
	if (s == NULL)
		return;
	decode_close(s->decode);
	charset_close(&s->reader);
	phrases_scan_close(s->phrases);
	text_features_release(&s->features);
	free(s->long_head);
	free(s);
}
