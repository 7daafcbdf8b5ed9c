/* One body classified as it flows: content coding undone, type by content, text made of it, phrases and topic found.  A
 * multipart body is read part by part, a posted form as its values.
 * Only what is asked for is done: a body whose type alone matters is looked at for 1,445 bytes, or 34 KiB where that
 * may tell of macros or of a disk image; one that is no text is never scanned.  The bytes that travel on are the
 * caller's; this sees copies go by and keeps none but the head. Every failure is a named answer (decode_status), never
 * an end of the flow: what to do with a body that could not be read is for policy.  No socket, no clock, no policy. One
 * thread a scan. */
#ifndef SLUICE_CLASSIFY_BODY_SCAN_H
#define SLUICE_CLASSIFY_BODY_SCAN_H

#include "classify/charset.h"
#include "classify/decode.h"
#include "classify/mime.h"
#include "classify/phrases_scan.h"
#include "classify/text_model.h"

enum body_stages {
	BODY_TYPE = 1,    /* always done */
	BODY_PHRASES = 2, /* needs `phrases` and `scratch` */
	BODY_TOPIC = 4,   /* needs `model` */
	BODY_TITLE =
		8, /* title and description of a page, as far as it is read for the others, or up to title_bytes_max */
	BODY_WHOLE = 16, /* a coded body is decoded to its end, for whether it can be */
};

/* Everything is borrowed until the scan is closed. */
struct body_scan_config {
	unsigned stages;
	struct decode_limits decode_limits;
	struct decode_budget *budget;
	const struct phrases *phrases;
	struct phrases_scratch *scratch; /* of this thread, fit for `phrases` */
	struct phrases_limits phrases_limits;
	const struct text_model *model;
	uint64_t topic_bytes_max; /* of text; 0 is BODY_TOPIC_BYTES */
	uint64_t title_bytes_max; /* of decoded HTML; 0 is BODY_TITLE_BYTES */
};

#define BODY_MORE_TYPES_MAX 16 /* further types of one multipart body; others only show in type_classes */
#define BODY_TOPIC_BYTES (256u << 10)
#define BODY_TITLE_BYTES (32u << 10)

/* What the sender says of the body; borrowed for body_scan_open() only, but for `path` and `content_type`, which must
 * live as long as the scan. */
struct body_labels {
	struct slice content_encoding;
	struct slice content_type;
	struct slice path; /* of the URL, without the query */
};

/* What is known so far. */
struct body_answer {
	bool has_type;
	struct mime_answer type;        /* of a multipart body, of its first part */
	uint64_t type_classes;          /* 1 << enum mime_class, of all parts so far */
	const struct slice *more_types; /* names of further types in other parts; borrowed from the scan */
	size_t more_type_count;
	bool has_all_types;            /* no part follows that may add one */
	const struct charset *charset; /* NULL where the body is no text, or was not read as one */
	enum decode_status decode;     /* DECODE_OK while it goes well; final once it is anything else */
	uint64_t decoded;              /* bytes */
	bool has_phrases;
	struct phrases_result phrases;
	bool has_topic;          /* once all was read, or topic_bytes_max */
	struct text_topic topic; /* before has_topic: as it was guessed last, or no label */
	const uint8_t
		*topics; /* a percentage for each class of the model; borrowed from the scan; NULL until has_topic */
	struct slice title, description; /* borrowed from the scan; empty where there is none */
	bool has_read_enough;            /* nothing more will be learnt but whether it can be decoded to its end */
	bool is_done;                    /* nothing more will be learnt, whatever follows */
};

struct body_scan;

/* NULL where memory is out.  A coding that is unknown or too deep is not an error here: see answer.decode. */
struct body_scan *body_scan_open(const struct body_scan_config *config, const struct body_labels *labels);
/* The next bytes as they came from the wire.  False once there is no use in more. */
bool body_scan_push(struct body_scan *scan, struct slice bytes);
/* The body is at its end. */
void body_scan_finish(struct body_scan *scan);
/* May be asked at any time. */
void body_scan_answer(const struct body_scan *scan, struct body_answer *out);
/* What the text that was read so far is about, while more may come: a percentage for each class, borrowed until the
 * next call.  NULL where no text is read for its topic, or the topic is known. */
const uint8_t *body_scan_guess_topic(struct body_scan *scan);
void body_scan_close(struct body_scan *scan);

#endif
