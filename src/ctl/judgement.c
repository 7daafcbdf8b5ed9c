/* Situations before a policy.  See judgement.h. */
#include "ctl/judgement.h"

#include "base/form.h"

void
judgement_prepare(struct policy_file *p, struct situation *s, bool names_user)
{
	policy_file_categories(p, &s->facts);
	policy_file_names(p, &s->facts);
	if (!names_user)
		policy_file_users(p, &s->facts);
}

const char *
judgement_unknown_topic(const struct policy_file *p, const struct situation *s)
{
	const struct situation_body *bodies[] = {&s->upload, &s->download};

	for (size_t b = 0; b < 2; b++)
		for (size_t i = 0; i < bodies[b]->topic_count; i++)
			if (policy_file_topic(p, slice_of(bodies[b]->topics[i].name)) == POLICY_FILE_NO_TOPIC)
				return bodies[b]->topics[i].name;
	return NULL;
}

static void
put_topics(struct policy_file *p, const struct situation_body *b, struct facts *facts)
{
	uint8_t *topics = p->topics[facts->direction];

	memset(topics, 0, sizeof p->topics[0]);
	for (size_t i = 0; i < b->topic_count; i++) {
		unsigned number = policy_file_topic(p, slice_of(b->topics[i].name));

		if (number != POLICY_FILE_NO_TOPIC)
			topics[number] = (uint8_t)b->topics[i].percent;
	}
	facts->topics = topics;
	facts->topic_count = p->model.header.classes;
}

/* What is told of the body, but for what nobody looks for (`unasked`), which is absent. */
static void
put_body(struct policy_file *p, const struct situation_body *b, uint32_t unasked, struct facts *facts)
{
	facts->known = (facts->known & ~SITUATION_BODY_FACTS) | b->known | unasked;
	facts->size = b->size;
	if (b->type_count && !(unasked & FACT_BIT(FACT_TYPE))) {
		facts->mime = b->types[0];
		facts->more_mimes = b->types + 1;
		facts->more_mime_count = b->type_count - 1;
		facts->type_classes = b->type_classes;
	}
	if (!(unasked & FACT_BIT(FACT_PHRASES)))
		facts->phrases = b->phrases;
	if (!(unasked & FACT_BIT(FACT_TOPIC)))
		put_topics(p, b, facts);
	facts->unread = unasked & FACT_BIT(FACT_UNREAD) ? SLICE_EMPTY : slice_of(b->unread);
}

void
judgement_facts(struct policy_file *p, const struct situation *s, enum fact_direction direction, struct facts *facts)
{
	*facts = s->facts;
	facts->direction = direction;
	if (direction == DIRECTION_DOWNLOAD) {
		put_body(p, &s->download, 0, facts);
		return;
	}
	facts_learn(facts, FACT_DIRECTION);
	put_body(p, &s->upload, SITUATION_BODY_FACTS & ~p->policy->upload_facts, facts);
}

static bool
stops(const struct verdict *verdict)
{
	return verdict->verb == VERB_BLOCK || verdict->verb == VERB_WARN;
}

/* Undecided for want of something that the proxy knows from the request's head. */
static bool
is_untold(const struct verdict *verdict)
{
	return verdict->verb == VERB_UNDECIDED &&
	       (verdict->needs & ~(SITUATION_BODY_FACTS | FACT_BIT(FACT_SEARCH) | FACT_BIT(FACT_SEARCH_SCORE)));
}

/* Where everything is only watched, what would have been done is noted and not done. */
static void
evaluate(struct policy_file *p, const struct facts *facts, struct verdict *verdict)
{
	policy_evaluate(p->policy, facts, verdict);
	if (!p->settings.conf->monitor || !stops(verdict))
		return;
	if (verdict->monitored_count < VERDICT_MONITORED_MAX)
		verdict->monitored[verdict->monitored_count++] = verdict->rule;
	verdict->verb = VERB_INSPECT;
	verdict->rule = NULL;
	verdict->category = -1;
}

/* Whether the proxy finds the terms of the search, if there are any, in a form that is posted. */
static bool
posts_search(const struct situation *s)
{
	const struct facts *f = &s->facts;
	struct slice path = slice_sub(f->path, 0, slice_find(f->path, '?')), terms, type;
	char decoded[SEARCH_TERMS_MAX];

	return s->has_upload && slice_eq(f->method, SLICE("POST")) && search_terms_takes_form(f->site, path) &&
	       !search_terms_find_in_url(f->site, f->path, decoded, sizeof decoded, &terms) &&
	       (f->header == NULL ||
		       (f->header(f->header_context, SLICE("content-type"), 0, &type) && form_is_type(type)));
}

/* What the proxy knows when it has read no more than the request's head. */
static void
facts_of_head(struct policy_file *p, const struct situation *s, enum fact_direction direction, struct facts *facts)
{
	uint32_t early = direction == DIRECTION_UPLOAD ? ~p->policy->upload_facts : 0;

	judgement_facts(p, s, direction, facts);
	if (direction == DIRECTION_UPLOAD && s->upload_is_announced)
		early |= FACT_BIT(FACT_SIZE);
	facts->known &= ~SITUATION_BODY_FACTS | early;
	if (!(early & FACT_BIT(FACT_SIZE)))
		facts->size = 0;
	if (!(early & FACT_BIT(FACT_TYPE))) {
		facts->mime = SLICE_EMPTY;
		facts->type_classes = facts->more_mime_count = 0;
	}
	if (!(early & FACT_BIT(FACT_PHRASES)))
		facts->phrases = 0;
	if (posts_search(s)) {
		facts->known &= ~(FACT_BIT(FACT_SEARCH) | FACT_BIT(FACT_SEARCH_SCORE));
		facts->search = SLICE_EMPTY;
		facts->search_score = 0;
	}
}

static void
judge(struct policy_file *p, const struct situation *s, enum fact_direction direction, bool head_only,
	struct verdict *verdict)
{
	struct facts facts;

	if (head_only)
		facts_of_head(p, s, direction, &facts);
	else
		judgement_facts(p, s, direction, &facts);
	evaluate(p, &facts, verdict);
}

void
judgement_of(struct policy_file *p, const struct situation *s, struct verdict *verdict)
{
	struct verdict upload;

	if (!s->has_upload) {
		judge(p, s, DIRECTION_DOWNLOAD, false, verdict);
		return;
	}
	/* The head of the request is judged for both directions before more of what is sent is read. */
	judge(p, s, DIRECTION_UPLOAD, true, verdict);
	if (stops(verdict) || is_untold(verdict))
		return;
	judge(p, s, DIRECTION_DOWNLOAD, true, verdict);
	if (is_untold(verdict))
		return;
	if (!stops(verdict)) {
		judge(p, s, DIRECTION_UPLOAD, false, verdict);
		if (stops(verdict) || verdict->verb == VERB_UNDECIDED)
			return;
		judge(p, s, DIRECTION_DOWNLOAD, false, verdict);
	}
	judge(p, s, DIRECTION_UPLOAD, false, &upload);
	verdict_note_monitored(verdict, &upload);
}
