/* The chain of stages.  See body_scan.h.  Each stage is the sink of the one before it:
 * decode -> head and type -> charset -> HTML text -> normal form -> phrases and words. */
#include "classify/body_scan.h"

#include "classify/html_text.h"
#include "classify/text_normal.h"

#include <stdlib.h>

/* How a type's text is read. */
enum reading { READ_NOT, READ_TEXT, READ_HTML, READ_XML };

struct body_scan {
	struct body_scan_config config;
	struct body_labels labels;
	enum decode_status status;
	struct decode *decode; /* owned; NULL where the coding could not be undone */
	uint64_t decoded;
	bool has_type;
	bool is_done;
	bool reads_title, reads_phrases, reads_topic; /* still */
	enum reading reading;
	struct mime_answer type;
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
	if (s->has_topic || !(s->config.stages & BODY_TOPIC) || s->charset == NULL)
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

	return s->reading == READ_TEXT ? on_text(s, text) : html_text_push(&s->html, text, on_text, s);
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

static bool
open_text(struct body_scan *s, struct slice head)
{
	unsigned stages = s->config.stages;
	uint64_t topic_max = s->config.topic_bytes_max ? s->config.topic_bytes_max : BODY_TOPIC_BYTES;

	if (stages & BODY_PHRASES) {
		s->phrases = phrases_scan_open(s->config.phrases, s->config.scratch, &s->config.phrases_limits);
		if (s->phrases == NULL)
			return false;
	}
	if (stages & BODY_TOPIC)
		text_features_start(
			&s->features, s->config.model->header.bits, s->config.model->header.ngrams, topic_max);
	s->reads_phrases = stages & BODY_PHRASES;
	s->reads_topic = stages & BODY_TOPIC;
	s->reads_title = (stages & BODY_TITLE) && s->reading != READ_TEXT;
	s->charset = charset_choose(head, s->labels.content_type, NULL);
	charset_open(&s->reader, s->charset); /* an encoding without its module still shows its ASCII */
	html_text_start(&s->html, s->reading == READ_XML);
	text_normal_start(&s->normal);
	return true;
}

/* The head is there: what is it, and who wants to read it? */
static bool
decide_type(struct body_scan *s)
{
	struct slice head = slice_make(s->head, s->head_len);

	s->type = mime_sniff(head, &(struct mime_hints){s->labels.content_type, s->labels.path});
	s->has_type = true;
	s->reading = reading_of(s->type.type);
	if (s->reading == READ_NOT || (s->config.stages & ~(unsigned)BODY_TYPE) == 0)
		return false;
	if (!open_text(s, head)) {
		s->status = DECODE_OVER_MEMORY;
		return false;
	}
	return (s->reads_phrases || s->reads_topic || s->reads_title) && charset_push(&s->reader, head, on_utf8, s);
}

static bool
on_decoded(void *context, struct slice bytes)
{
	struct body_scan *s = context;
	uint64_t title_max = s->config.title_bytes_max ? s->config.title_bytes_max : BODY_TITLE_BYTES;

	s->decoded += bytes.len;
	if (!s->has_type) {
		size_t room = sizeof s->head - s->head_len, n = bytes.len < room ? bytes.len : room;

		memcpy(s->head + s->head_len, bytes.ptr, n);
		s->head_len += n;
		bytes = slice_sub(bytes, n, bytes.len);
		if (s->head_len < sizeof s->head)
			return true;
		if (!decide_type(s))
			return false;
	}
	if (s->decoded > title_max)
		s->reads_title = false;
	if (!s->reads_phrases && !s->reads_topic && !s->reads_title)
		return false;
	return charset_push(&s->reader, bytes, on_utf8, s);
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
	s->status = decode_open(labels->content_encoding, &config->decode_limits, config->budget, &s->decode);
	s->is_done = s->status != DECODE_OK;
	return s;
}

/* Gives out what the text stages hold back. */
static void
finish_text(struct body_scan *s)
{
	if (s->charset == NULL || !(s->reads_phrases || s->reads_topic))
		return;
	if (charset_finish(&s->reader, on_utf8, s) &&
		(s->reading == READ_TEXT || html_text_finish(&s->html, on_text, s)))
		text_normal_finish(&s->normal, on_normal, s);
}

/* All that will come has come.  What came before a failure is worth an answer, too. */
static void
settle(struct body_scan *s)
{
	if (!s->has_type && (s->head_len || s->status == DECODE_DONE))
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
		.charset = s->charset,
		.decode = s->status,
		.decoded = s->decoded,
		.has_phrases = s->phrases != NULL,
		.has_topic = s->has_topic,
		.topic = s->topic,
		.topics = s->has_topic ? s->topics : NULL,
		.title = html_capture_slice(&s->html.title),
		.description = html_capture_slice(&s->html.description),
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
	free(s);
}
