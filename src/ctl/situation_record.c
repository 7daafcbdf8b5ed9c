/* What a record tells of the request that it is about.  See situation.h. */
#include "ctl/situation.h"

#include "classify/search_terms.h"
#include "policy/group.h"
#include "record/text.h"

#include <stdio.h>

#define KEY_MAX 64
#define SEARCH_FACTS (FACT_BIT(FACT_SEARCH) | FACT_BIT(FACT_SEARCH_SCORE))

static struct slice
text_of(const struct entry *e, const char *key, struct buffer *scratch)
{
	return entry_text(entry_find(e, slice_of(key)), scratch);
}

/* A user whose name holds a comma would be several: then nobody is the nearer truth. */
static void
read_user(struct situation *s, const struct entry *e, struct buffer *scratch)
{
	const struct entry_field *roles = entry_find(e, SLICE("user.roles"));
	struct slice name = text_of(e, "user.name", scratch), rest = roles ? roles->value : SLICE_EMPTY;
	struct buffer names = buffer_make(SITUATION_USERS_MAX);
	struct entry_field item;
	bool done = name.len && slice_find(name, ',') == name.len && buffer_append(&names, name);

	while (done && roles && roles->type == ENTRY_LIST && entry_list_next(&rest, &item))
		done = buffer_append_cstr(&names, ",@") && buffer_append(&names, entry_text(&item, scratch));
	if (done)
		situation_set_user(s, buffer_slice(&names));
	buffer_release(&names);
}

/* Whose connection it was, and where it went. */
static bool
read_connection(struct situation *s, const struct entry *e, struct buffer *scratch)
{
	struct slice protocol;
	uint64_t at;

	if (!addr_parse(text_of(e, "source.ip", scratch), &s->facts.client) ||
		!text_read_time(text_of(e, "@timestamp", scratch), &at))
		return false;
	s->facts.time = (int64_t)(at / 1000000000u);
	addr_parse(text_of(e, "destination.ip", scratch), &s->facts.destination.addr);
	s->facts.destination.port = (uint16_t)entry_u64(entry_find(e, SLICE("destination.port")));
	mac_parse(text_of(e, "source.mac", scratch), s->facts.mac);
	read_user(s, e, scratch);
	situation_set_text(s->ja4, sizeof s->ja4, text_of(e, "tls.client.ja4", scratch), &s->facts.ja4);
	situation_set_text(s->host, sizeof s->host, text_of(e, "url.domain", scratch), &s->facts.site);
	protocol = text_of(e, "network.protocol", scratch);
	s->facts.transport = slice_eq(protocol, SLICE("tls"))    ? TRANSPORT_TLS
			     : slice_eq(protocol, SLICE("http")) ? TRANSPORT_HTTP
								 : TRANSPORT_OTHER;
	s->facts.site_is_unproved = slice_eq(text_of(e, "sluice.pass_proof", scratch), SLICE("none"));
	facts_settle(&s->facts, STAGE_CONNECTION);
	/* In the clear only a request names its site. */
	if (s->facts.transport == TRANSPORT_HTTP && s->facts.site.len == 0)
		s->facts.known &= ~(FACT_BIT(FACT_SITE) | FACT_BIT(FACT_CATEGORY) | FACT_BIT(FACT_SHAPE));
	return true;
}

/* What is too long for a record ends in U+2026. */
static bool
is_cut(struct slice text)
{
	return slice_ends_with(text, SLICE("\xe2\x80\xa6"));
}

/* The path, where the whole URL was recorded; headers never are. */
static void
read_request(struct situation *s, const struct entry *e, enum conf_record_urls urls, struct buffer *scratch)
{
	struct facts *f = &s->facts;
	enum fact_transport transport = f->transport;
	struct endpoint destination = f->destination;
	struct slice url = text_of(e, "url.full", scratch), application;
	bool is_whole = urls == CONF_RECORD_URLS_FULL && !entry_find(e, SLICE("sluice.brief")) && !is_cut(url);
	bool has_url = situation_set_url(s, url);

	/* The kernel knew better than the URL where it went. */
	f->transport = transport;
	f->destination = destination;
	situation_set_text(s->method, sizeof s->method, text_of(e, "http.request.method", scratch), &f->method);
	f->application =
		slice_eq(text_of(e, "http.version", scratch), SLICE("2")) ? APPLICATION_HTTP2 : APPLICATION_HTTP1;
	application = text_of(e, "sluice.application", scratch);
	if (slice_eq(application, SLICE("websocket")))
		f->application |= APPLICATION_WEBSOCKET;
	else if (slice_eq(application, SLICE("grpc")))
		f->application |= APPLICATION_GRPC;
	facts_settle(f, STAGE_REQUEST);
	f->known &= ~FACT_BIT(FACT_HEADER);
	if (!has_url || !is_whole)
		f->known &= ~FACT_BIT(FACT_PATH);
	if (f->transport == TRANSPORT_TLS)
		f->known &= ~FACT_BIT(FACT_CERTIFICATE);
}

/* One body of an exchange: its values, under the keys that begin with `prefix`. */
struct body_reader {
	const struct entry *e;
	const char *prefix;
	struct buffer *scratch;
};

static const struct entry_field *
body_field(const struct body_reader *r, const char *name)
{
	char key[KEY_MAX];
	size_t n = (size_t)snprintf(key, sizeof key, "%s%s", r->prefix, name);

	return entry_find(r->e, slice_make(key, n));
}

static struct slice
body_text(const struct body_reader *r, const char *name)
{
	return entry_text(body_field(r, name), r->scratch);
}

static void
read_types(struct situation_body *b, const struct body_reader *r)
{
	const struct entry_field *more = body_field(r, "more_types");
	struct slice rest = more && more->type == ENTRY_LIST ? more->value : SLICE_EMPTY;
	struct entry_field item;

	situation_add_type(b, body_text(r, "type"));
	while (rest.len && entry_list_next(&rest, &item))
		situation_add_type(b, entry_text(&item, r->scratch));
}

static void
read_topics(struct situation_body *b, const struct body_reader *r)
{
	const struct entry_field *all = body_field(r, "topics");
	struct slice rest = all && all->type == ENTRY_LIST ? all->value : SLICE_EMPTY, topic;
	struct entry_field item;

	while (rest.len && entry_list_next(&rest, &item))
		situation_add_topic(b, entry_text(&item, r->scratch));
	topic = body_text(r, "topic");
	if (b->topic_count == 0 && topic.len && situation_add_topic(b, topic))
		b->topics[0].percent = (unsigned)entry_u64(body_field(r, "topic_score"));
}

static void
read_score(struct situation_body *b, const struct body_reader *r)
{
	struct slice found = body_text(r, "phrases");

	if (slice_eq(found, SLICE("banned")))
		b->phrases = INT32_MAX;
	else if (!slice_eq(found, SLICE("excepted")))
		b->phrases = (int32_t)entry_u64(body_field(r, "score"));
}

/* What of it is known: `asked` is what the policy in force asked for, and what is absent then was looked for. */
static uint32_t
known_of_content(const struct situation_body *b, const struct body_reader *r, uint32_t asked)
{
	uint32_t all = SITUATION_BODY_FACTS & ~FACT_BIT(FACT_SIZE), found = 0;
	struct slice seen = body_text(r, "seen");

	if (slice_eq(seen, SLICE("empty")) || slice_eq(seen, SLICE("stream")))
		return all;
	if (b->topic_count)
		found |= FACT_BIT(FACT_TOPIC);
	if (b->unread[0])
		found |= FACT_BIT(FACT_UNREAD);
	if (slice_eq(seen, SLICE("part")))
		return found;
	if (slice_eq(seen, SLICE("enough")))
		asked &= ~FACT_BIT(FACT_UNREAD);
	else if (!slice_eq(seen, SLICE("whole")))
		return 0;
	if (b->type_count)
		found |= FACT_BIT(FACT_TYPE);
	if (body_field(r, "score") || body_field(r, "phrases"))
		found |= FACT_BIT(FACT_PHRASES);
	return found | (all & asked);
}

/* `carried` bytes of it went through, all that there were or not. */
static void
read_body(struct situation_body *b, const struct body_reader *r, uint64_t carried, bool is_all, uint32_t asked)
{
	const struct entry_field *size = body_field(r, "size");
	uint64_t so_far = entry_u64(body_field(r, "size_so_far"));

	read_types(b, r);
	read_topics(b, r);
	read_score(b, r);
	slice_to_cstr(body_text(r, "unread"), b->unread, sizeof b->unread);
	b->known = known_of_content(b, r, asked);
	if (slice_eq(body_text(r, "seen"), SLICE("stream")))
		is_all = true, carried = 0; /* nobody waits for how large it will be */
	b->size = size ? entry_u64(size) : is_all || carried > so_far ? carried : so_far;
	if (size || is_all)
		b->known |= FACT_BIT(FACT_SIZE);
	/* No content is no secret. */
	if (is_all && carried == 0)
		b->known = SITUATION_BODY_FACTS;
}

/* What the proxy answered by itself says nothing of what the origin would have. */
static void
read_download(struct situation *s, const struct entry *e, uint32_t asked, struct buffer *scratch)
{
	struct body_reader r = {e, "sluice.", scratch};
	bool is_answer = entry_find(e, SLICE("sluice.answer")) != NULL;
	bool is_all = !is_answer && !entry_find(e, SLICE("sluice.truncated")) && !entry_find(e, SLICE("sluice.error"));

	s->facts.direction = DIRECTION_DOWNLOAD;
	facts_learn(&s->facts, FACT_DIRECTION);
	read_body(&s->download, &r, is_answer ? 0 : entry_u64(entry_find(e, SLICE("http.response.body.bytes"))), is_all,
		asked);
}

static void
read_upload(struct situation *s, const struct entry *e, uint32_t asked, struct buffer *scratch)
{
	struct body_reader r = {e, "sluice.sent.", scratch};
	uint64_t carried = entry_u64(entry_find(e, SLICE("http.request.body.bytes")));
	struct slice seen = body_text(&r, "seen");
	bool is_all = !body_field(&r, "size") && !body_field(&r, "size_so_far") && !slice_eq(seen, SLICE("part"));

	s->has_upload = carried > 0 || !is_all || slice_eq(seen, SLICE("empty")) || slice_eq(seen, SLICE("stream"));
	s->upload_is_announced = !entry_find(e, SLICE("sluice.sent.chunked"));
	read_body(&s->upload, &r, carried, is_all, asked);
}

/* Terms that the policy in force did not look for in a posted form are not known. */
static void
read_search(struct situation *s, const struct entry *e, uint32_t asked, struct buffer *scratch)
{
	struct slice terms = text_of(e, "sluice.search.terms", scratch), path = s->facts.path;

	situation_set_text(s->search, sizeof s->search, terms, &s->facts.search);
	if (is_cut(terms) || (terms.len == 0 && !(asked & SEARCH_FACTS) && slice_eq(s->facts.method, SLICE("POST")) &&
				     search_terms_takes_form(s->facts.site, slice_sub(path, 0, slice_find(path, '?')))))
		s->facts.known &= ~SEARCH_FACTS;
}

bool
situation_from_record(struct situation *s, const struct entry *e, const struct situation_recording *of)
{
	struct buffer *scratch = of->scratch;

	situation_init(s);
	if (entry_find(e, SLICE("rule.id")) == NULL || !read_connection(s, e, scratch))
		return false;
	if (slice_eq(text_of(e, "event.dataset", scratch), SLICE("sluice.flow")))
		return true;
	/* A click on our own page. */
	if (slice_eq(text_of(e, "sluice.warning", scratch), SLICE("followed")))
		return false;
	read_request(s, e, of->urls, scratch);
	read_search(s, e, of->asked, scratch);
	read_download(s, e, of->asked, scratch);
	read_upload(s, e, of->asked_of_uploads, scratch);
	return true;
}
