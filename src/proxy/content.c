/* Holding and scanning of bodies.  See content.h. */
#include "proxy/content.h"

#include "base/clock.h"
#include "proxy/exchange.h"
#include "proxy/generation.h"

/* All that rules ask for: the one that the walk waits at now may be followed by another that waits for something else.
 */
static unsigned
stages_for(const struct generation *g, uint32_t needs)
{
	unsigned stages = BODY_TYPE;

	if ((needs & FACT_BIT(FACT_PHRASES)) && g->phrases)
		stages |= BODY_PHRASES;
	if ((needs & FACT_BIT(FACT_TOPIC)) && g->model)
		stages |= BODY_TOPIC;
	if (needs & FACT_BIT(FACT_UNREAD))
		stages |= BODY_WHOLE;
	return stages;
}

bool
content_is_exempt(const struct http_message *message)
{
	struct slice type = http_message_value(message, HTTP_FIELD_CONTENT_TYPE);

	return message->body == HTTP_BODY_TUNNEL || message->status == 206 || message->protocol.len ||
	       slice_starts_with_nocase(type, SLICE("text/event-stream")) ||
	       slice_starts_with_nocase(type, SLICE("application/grpc"));
}

/* What a posted form of a search engine says is found in the bytes that are held, not by the scan. */
#define FORM_FACTS (FACT_BIT(FACT_SEARCH) | FACT_BIT(FACT_SEARCH_SCORE))

bool
content_is_wanted(const struct verdict *verdict)
{
	return ((verdict->verb == VERB_UNDECIDED ? verdict->needs : 0) | verdict->wanted) &
	       (CONTENT_FACTS | FORM_FACTS);
}

bool
content_form_is_wanted(const struct verdict *verdict)
{
	return verdict->verb == VERB_UNDECIDED || (verdict->wanted & FORM_FACTS);
}

static bool
begin(struct content *c, const struct exchange *x, const struct http_message *message, const struct body_labels *labels,
	uint32_t needs, const struct verdict *verdict)
{
	struct proxy_thread *t = x->session->thread;
	struct generation *g = x->generation;
	struct body_scan_config config = {
		.stages = stages_for(g, needs),
		.decode_limits = decode_limits_default,
		.budget = &t->shared->decode_budget,
		.phrases = g->phrases,
		.phrases_limits = phrases_limits_default,
		.model = g->model,
	};
	config.decode_limits.output_max = g->conf->content.max_body;
	config.decode_limits.ratio_max = g->conf->content.decode_ratio;
	config.topic_bytes_max = g->conf->content.max_body < BODY_TOPIC_BYTES ? g->conf->content.max_body : 0;
	config.phrases_limits.bytes_max = g->conf->content.max_body;
	config.phrases_limits.wants_score = true; /* rules may name any threshold */
	if (config.stages & BODY_PHRASES) {
		if (!phrases_scratch_fit(t->phrases_scratch, g->phrases->engine))
			config.stages &= ~(unsigned)BODY_PHRASES;
		config.scratch = t->phrases_scratch;
	}
	*c = (struct content){
		.scan = body_scan_open(&config, labels),
		.held = buffer_make(g->conf->hold.bytes),
		.phrases = g->phrases,
		.classes = g->model ? g->model->header.classes : 0,
		.begun = clock_monotonic_ns(),
		.length = message->body == HTTP_BODY_LENGTH ? message->content_length : UINT64_MAX,
		.judged = UINT64_MAX,
	};
	c->is_open = c->scan != NULL;
	c->is_holding = c->is_open && verdict->verb == VERB_UNDECIDED && verdict->holds_body;
	return c->is_open;
}

bool
content_begin(struct content *c, const struct exchange *x, const struct verdict *verdict)
{
	struct body_labels labels = {
		.content_encoding = http_message_value(x->reply, HTTP_FIELD_CONTENT_ENCODING),
		.content_type = http_message_value(x->reply, HTTP_FIELD_CONTENT_TYPE),
		.path = slice_sub(x->request->path, 0, slice_find(x->request->path, '?')),
	};

	return begin(c, x, x->reply, &labels, x->generation->policy->facts, verdict);
}

/* The path names what is asked for, not what is sent. */
bool
content_begin_upload(struct content *c, const struct exchange *x, const struct verdict *verdict)
{
	struct body_labels labels = {
		.content_encoding = http_message_value(x->request, HTTP_FIELD_CONTENT_ENCODING),
		.content_type = http_message_value(x->request, HTTP_FIELD_CONTENT_TYPE),
		.path = SLICE_EMPTY,
	};

	return begin(c, x, x->request, &labels, x->generation->policy->upload_facts, verdict);
}

size_t
content_room(const struct content *c)
{
	return buffer_room(&c->held);
}

bool
content_add(struct content *c, struct slice bytes)
{
	c->size += bytes.len;
	if (c->scan)
		body_scan_push(c->scan, bytes);
	if (c->size >= c->length)
		content_end(c);
	return !c->is_holding || buffer_append(&c->held, bytes);
}

bool
content_read_ahead(struct content *c, struct slice at_hand)
{
	if (at_hand.len <= c->ahead)
		return false;
	content_add(c, slice_sub(at_hand, c->ahead, at_hand.len));
	c->ahead = at_hand.len;
	return true;
}

void
content_sent(struct content *c, size_t n)
{
	c->ahead -= n;
}

void
content_end(struct content *c)
{
	if (c->is_whole)
		return;
	c->is_whole = true;
	if (c->scan)
		body_scan_finish(c->scan);
}

/* Until it is final the score counts as a lower bound, which it is only where no phrase takes points away. */
static void
phrases_fact(const struct content *c, const struct phrases_result *result, struct facts *facts)
{
	int64_t score = result->score;
	bool is_final = result->is_final || result->is_cut || c->is_whole;

	if (result->verdict == PHRASES_ARE_BANNED)
		score = INT32_MAX;
	else if (result->verdict == PHRASES_ARE_EXCEPTED)
		score = 0;
	if (!is_final && c->phrases->negative_sum > 0)
		return;
	facts->phrases = score > INT32_MAX ? INT32_MAX : score < INT32_MIN ? INT32_MIN : (int32_t)score;
	if (is_final)
		facts_learn(facts, FACT_PHRASES);
}

/* The percentages of all topics: the model's last word, or at the last call its guess. */
static void
topic_fact(struct content *c, const struct body_answer *answer, struct facts *facts)
{
	facts->topics = answer->topics;
	if (facts->topics == NULL && c->is_last_call)
		facts->topics = body_scan_guess_topic(c->scan);
	if (facts->topics == NULL)
		return;
	facts->topic_count = c->classes;
	facts_learn(facts, FACT_TOPIC);
}

struct slice
content_unread(const struct content *c)
{
	struct body_answer answer;

	if (c->scan == NULL)
		return SLICE_EMPTY;
	body_scan_answer(c->scan, &answer);
	if (answer.decode == DECODE_OK || answer.decode == DECODE_DONE || answer.decode == DECODE_STOPPED)
		return SLICE_EMPTY;
	return slice_of(decode_status_name(answer.decode));
}

void
content_facts(struct content *c, struct facts *facts)
{
	struct body_answer answer;

	facts->size = c->size;
	body_scan_answer(c->scan, &answer);
	if (answer.has_type) {
		facts->mime = slice_of(mime_type_name(answer.type.type));
		facts->more_mimes = answer.more_types;
		facts->more_mime_count = answer.more_type_count;
		facts->type_classes = answer.type_classes;
		if (answer.has_all_types)
			facts_learn(facts, FACT_TYPE);
	}
	if (answer.has_phrases)
		phrases_fact(c, &answer.phrases, facts);
	topic_fact(c, &answer, facts);
	/* What was not learnt of a body that is not read any further will not be learnt. */
	if (answer.has_read_enough)
		facts->known |= FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_PHRASES) | FACT_BIT(FACT_TOPIC);
	if (answer.is_done)
		facts_learn(facts, FACT_UNREAD);
	facts->unread = content_unread(c);
	if (facts->unread.len)
		facts_learn(facts, FACT_UNREAD);
	if (c->is_whole)
		facts_settle(facts, STAGE_BODY);
}

bool
content_has_news(struct content *c, uint32_t asked)
{
	struct body_answer answer;
	uint64_t known;

	body_scan_answer(c->scan, &answer);
	known = (uint64_t)answer.has_type | (uint64_t)answer.has_topic << 1 |
		(uint64_t)(answer.is_done + answer.has_read_enough) << 11 | (uint64_t)c->is_whole << 3 |
		(uint64_t)c->is_last_call << 4 | (uint64_t)answer.more_type_count << 5 |
		(uint64_t)answer.phrases.rules_found << 13;
	if (known == c->judged && !(asked & FACT_BIT(FACT_SIZE)))
		return false;
	c->judged = known;
	return true;
}

void
content_let_go(struct content *c)
{
	if (!c->is_holding)
		return;
	c->is_holding = false;
	c->held_ns = clock_monotonic_ns() - c->begun;
	c->held_bytes = buffer_len(&c->held);
}

void
content_release(struct content *c)
{
	body_scan_close(c->scan);
	buffer_release(&c->held);
	*c = (struct content){0};
}
