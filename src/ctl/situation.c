/* The facts of one request as somebody describes it.  See situation.h. */
#include "ctl/situation.h"

#include "classify/mime.h"
#include "policy/group.h"
#include "policy/path.h"
#include "record/text.h"

void
situation_init(struct situation *s)
{
	memset(s, 0, sizeof *s);
	s->facts.users = s->users;
}

bool
situation_set_text(char *dst, size_t dst_size, struct slice text, struct slice *fact)
{
	if (!slice_to_cstr(text, dst, dst_size))
		return false;
	*fact = slice_make(dst, text.len);
	return true;
}

bool
situation_set_url(struct situation *s, struct slice url)
{
	struct http_authority authority;
	struct http_target target;
	struct addr addr;

	url = slice_sub(url, 0, slice_find(url, '#'));
	if (!slice_to_cstr(url, s->url, sizeof s->url))
		return false;
	url.ptr = s->url;
	if (!http_target_parse(url, HTTP_METHOD_GET, &target) || target.form != HTTP_TARGET_ABSOLUTE ||
		!http_authority_parse(target.authority, &authority))
		return false;
	s->facts.site = http_authority_host(&authority, s->host);
	s->facts.destination.port = http_authority_port(&authority, target.scheme);
	if (addr_parse(s->facts.site, &addr))
		s->facts.destination.addr = addr;
	s->facts.path = policy_path(target.path.len && target.path.ptr[0] == '/' ? target.path : SLICE("/"), s->path);
	s->facts.transport = slice_eq_nocase(target.scheme, SLICE("https")) ? TRANSPORT_TLS : TRANSPORT_HTTP;
	return true;
}

bool
situation_set_type(struct situation *s, struct slice mime)
{
	enum mime_type type = mime_type_of_label(mime);

	if (!situation_set_text(s->mime, sizeof s->mime, mime, &s->facts.mime))
		return false;
	if (type != MIME_EMPTY)
		s->facts.type_classes = UINT64_C(1) << mime_type_class(type);
	facts_learn(&s->facts, FACT_TYPE);
	return true;
}

bool
situation_set_user(struct situation *s, struct slice names)
{
	struct slice rest, name;

	s->facts.user_count = 0;
	if (!situation_set_text(s->user_text, sizeof s->user_text, names, &rest))
		return false;
	while (slice_split(&rest, ',', &name)) {
		if (s->facts.user_count == USER_NAMES_MAX)
			return false;
		s->users[s->facts.user_count++] = name;
	}
	return true;
}

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
	facts_settle(&s->facts, STAGE_CONNECTION);
	/* In the clear only a request names its site. */
	if (s->facts.transport == TRANSPORT_HTTP && s->facts.site.len == 0)
		s->facts.known &= ~(FACT_BIT(FACT_SITE) | FACT_BIT(FACT_CATEGORY) | FACT_BIT(FACT_SHAPE));
	return true;
}

/* The path, where the whole URL was recorded; headers never are. */
static void
read_request(struct situation *s, const struct entry *e, enum conf_record_urls urls, struct buffer *scratch)
{
	struct facts *f = &s->facts;
	enum fact_transport transport = f->transport;
	struct endpoint destination = f->destination;
	bool has_url = situation_set_url(s, text_of(e, "url.full", scratch));

	/* The kernel knew better than the URL where it went. */
	f->transport = transport;
	f->destination = destination;
	situation_set_text(s->method, sizeof s->method, text_of(e, "http.request.method", scratch), &f->method);
	f->application =
		slice_eq(text_of(e, "http.version", scratch), SLICE("2")) ? APPLICATION_HTTP2 : APPLICATION_HTTP1;
	facts_settle(f, STAGE_REQUEST);
	f->known &= ~FACT_BIT(FACT_HEADER);
	if (!has_url || urls != CONF_RECORD_URLS_FULL)
		f->known &= ~FACT_BIT(FACT_PATH);
	if (f->transport == TRANSPORT_TLS)
		f->known &= ~FACT_BIT(FACT_CERTIFICATE);
}

/* What the policy in force asked for and the record lacks was looked for in vain. */
static void
read_content(struct situation *s, const struct entry *e, uint32_t asked, struct buffer *scratch)
{
	const struct entry_field *score = entry_find(e, SLICE("sluice.score"));

	s->facts.direction = DIRECTION_DOWNLOAD;
	facts_learn(&s->facts, FACT_DIRECTION);
	s->facts.size = entry_u64(entry_find(e, SLICE("http.response.body.bytes")));
	/* What the proxy answered by itself says nothing of what the origin would have. */
	if (entry_find(e, SLICE("sluice.answer")))
		s->facts.size = 0;
	else
		facts_learn(&s->facts, FACT_SIZE);
	if (entry_find(e, SLICE("sluice.type")))
		situation_set_type(s, text_of(e, "sluice.type", scratch));
	if (score)
		s->facts.phrases = (int32_t)entry_u64(score);
	if (score || (asked & FACT_BIT(FACT_PHRASES)))
		facts_learn(&s->facts, FACT_PHRASES);
	if (slice_to_cstr(text_of(e, "sluice.topic", scratch), s->topic, sizeof s->topic))
		s->topic_percent = (unsigned)entry_u64(entry_find(e, SLICE("sluice.topic_score")));
	situation_set_text(s->search, sizeof s->search, text_of(e, "sluice.search.terms", scratch), &s->facts.search);
	situation_set_text(s->unread, sizeof s->unread, text_of(e, "sluice.unread", scratch), &s->facts.unread);
	if (asked & FACT_BIT(FACT_UNREAD))
		facts_learn(&s->facts, FACT_UNREAD);
	if (asked & FACT_BIT(FACT_TOPIC))
		facts_learn(&s->facts, FACT_TOPIC);
	if (asked & FACT_BIT(FACT_TYPE))
		facts_learn(&s->facts, FACT_TYPE);
}

/* A request that was answered by the proxy itself may have been read in part. */
static void
read_upload(struct situation *s, const struct entry *e)
{
	static const char *const methods[] = {"POST", "PUT", "PATCH"};

	s->upload.size = entry_u64(entry_find(e, SLICE("http.request.body.bytes")));
	s->upload.is_there = s->upload.size > 0;
	s->upload.size_is_known = entry_find(e, SLICE("sluice.answer")) == NULL;
	for (size_t i = 0; i < 3 && !s->upload.size_is_known; i++)
		s->upload.is_there |= slice_eq(s->facts.method, slice_of(methods[i]));
}

bool
situation_from_record(
	struct situation *s, const struct entry *e, enum conf_record_urls urls, uint32_t asked, struct buffer *scratch)
{
	situation_init(s);
	if (entry_find(e, SLICE("rule.id")) == NULL || !read_connection(s, e, scratch))
		return false;
	if (slice_eq(text_of(e, "event.dataset", scratch), SLICE("sluice.flow")))
		return true;
	read_request(s, e, urls, scratch);
	read_content(s, e, asked, scratch);
	read_upload(s, e);
	return true;
}

void
situation_evaluate(const struct policy *policy, const struct situation *s, struct verdict *verdict)
{
	struct facts facts = s->facts;
	struct verdict upload = {.monitored_count = 0};

	if (s->upload.is_there) {
		facts.direction = DIRECTION_UPLOAD;
		facts.size = s->upload.size;
		facts.mime = SLICE_EMPTY;
		facts.type_classes = 0;
		facts.phrases = 0;
		facts.known |= FACT_BIT(FACT_DIRECTION) | FACT_BIT(FACT_SIZE) | FACT_BIT(FACT_TYPE) |
			       FACT_BIT(FACT_PHRASES) | FACT_BIT(FACT_TOPIC);
		if (!s->upload.size_is_known)
			facts.known &= ~FACT_BIT(FACT_SIZE);
		policy_evaluate(policy, &facts, &upload);
		if (upload.verb == VERB_BLOCK || upload.verb == VERB_WARN || upload.verb == VERB_UNDECIDED) {
			*verdict = upload;
			return;
		}
	}
	policy_evaluate(policy, &s->facts, verdict);
	verdict_note_monitored(verdict, &upload);
}
