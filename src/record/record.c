/* The fields of a record.  See record.h. */
#include "record/record.h"

const char *const record_kind_names[RECORD_KINDS] = {"sluice.exchange", "sluice.flow"};
const char *const record_action_names[RECORD_ACTIONS] = {"pass", "inspect", "block"};
const char *const record_urls_names[RECORD_URLS_COUNT] = {"full", "path", "host"};

#define FIELD(key_, type_, presence_, member_, help_)                                                        \
	{                                                                                                    \
		.key = {key_, sizeof key_ - 1}, .type = RECORD_TYPE_##type_, .presence = RECORD_##presence_, \
		.offset = offsetof(struct record, member_), .help = help_                                    \
	}
/* What rules went by in a body; replay reads it back. */
#define FIELDS_BODY(prefix_, member_, whose_)                                                                       \
	FIELD(prefix_ "type", TEXT, IF_SET, member_.type, "the type by content" whose_),                            \
		FIELD(prefix_ "more_types", TEXTS, IF_SET, member_.more_types, "the types of further parts"),       \
		FIELD(prefix_ "score", U64, IF_SET, member_.score, "of the phrases"),                               \
		FIELD(prefix_ "phrases", TEXT, IF_SET, member_.phrases,                                             \
			"banned or excepted: a phrase was found that decides whatever the score"),                  \
		FIELD(prefix_ "topic", TEXT, IF_SET, member_.topic, "of the text"),                                 \
		FIELD(prefix_ "topic_score", U64, IF_SET, member_.topic_score,                                      \
			"how sure the text model is of it, in per cent"),                                           \
		FIELD(prefix_ "topics", TEXTS, IF_SET, member_.topics,                                              \
			"NAME=PERCENT of each topic of 10 per cent and more, where there are several"),                                     \
		FIELD(prefix_ "unread", TEXT, IF_SET, member_.unread,                                               \
			"why the body could not be read to its end: over-ratio, ..."),                              \
		FIELD(prefix_ "seen", TEXT, IF_SET, member_.seen,                                                   \
			"how much of the body rules could see: whole; enough, where more would have said nothing "  \
			"new; part, where it was cut off; empty, where there was nothing to see; stream, where it " \
			"has no end to wait for; without, nobody looked"),                                          \
		FIELD(prefix_ "size", U64, IF_SET, member_.size,                                                    \
			"bytes of the body, where they are known and were not all carried"),                        \
		FIELD(prefix_ "size_so_far", U64, IF_SET, member_.size_so_far,                                      \
			"bytes that had come before it was cut off")

#define FIELD_NAME(key_, member_, names_, help_)                                                     \
	{                                                                                            \
		.key = {key_, sizeof key_ - 1}, .type = RECORD_TYPE_NAME, .presence = RECORD_ALWAYS, \
		.offset = offsetof(struct record, member_), .names = names_, .help = help_           \
	}

const struct record_field record_fields[] = {
	FIELD("@timestamp", TIME, ALWAYS, started_ns, "when it began"),
	FIELD_NAME("event.dataset", kind, record_kind_names, "sluice.exchange or sluice.flow"),
	FIELD_NAME("event.action", action, record_action_names, "pass, inspect or block"),
	FIELD("event.duration", U64, ALWAYS, duration_ns, "nanoseconds"),
	FIELD("source.ip", ADDR, IF_SET, client, "the client"),
	FIELD("source.port", PORT, IF_SET, client, ""),
	FIELD("source.mac", TEXT, IF_SET, client_mac, "where a rule asks for it"),
	FIELD("source.bytes", U64, OF_FLOW, client_bytes, "of a tunnel: from the client"),
	FIELD("destination.ip", ADDR, IF_SET, origin, "where the client wanted to go"),
	FIELD("destination.port", PORT, IF_SET, origin, ""),
	FIELD("destination.bytes", U64, OF_FLOW, origin_bytes, "of a tunnel: from the origin"),
	FIELD("network.protocol", TEXT, IF_SET, protocol, "what the first bytes were: http, tls, ..."),
	FIELD("user.name", TEXT, IF_SET, user, "whom the file of users names for the client's address"),
	FIELD("user.roles", TEXTS, IF_SET, user_roles, "the groups that the file of users gives"),
	FIELD("user_agent.original", TEXT, IF_SET, user_agent, ""),
	FIELD("url.full", URL, IF_SET, url, "as much of it as the setting `urls` keeps; never userinfo"),
	FIELD("sluice.brief", FLAG, IF_SET, brief, "the rule that decided lets the host alone be written"),
	FIELD("url.domain", TEXT, IF_SET, domain, "the host"),
	FIELD("http.request.method", TEXT, IF_SET, method, ""),
	FIELD("http.version", TEXT, IF_SET, http_version, "on the client's side"),
	FIELD("sluice.application", TEXT, IF_SET, application, "what is spoken inside HTTP: websocket, grpc"),
	FIELD("http.request.referrer", URL, IF_SET, referrer, "kept as url.full is"),
	FIELD("http.request.body.bytes", U64, OF_EXCHANGE, request_body_bytes, ""),
	FIELD("http.response.status_code", U64, IF_SET, status, ""),
	FIELD("http.response.body.bytes", U64, OF_EXCHANGE, response_body_bytes, ""),
	FIELD("http.response.mime_type", TEXT, IF_SET, mime_type, "as the origin labelled it"),
	FIELD("tls.version", TEXT, IF_SET, tls_version, ""),
	FIELD("tls.cipher", TEXT, IF_SET, tls_cipher, ""),
	FIELD("tls.client.server_name", TEXT, IF_SET, server_name, "the SNI"),
	FIELD("tls.client.ja4", TEXT, IF_SET, ja4, "the fingerprint of the ClientHello"),
	FIELD("tls.next_protocol", TEXT, IF_SET, next_protocol, "what ALPN chose"),
	FIELD("tls.resumed", FLAG, IF_SET, tls_resumed, "the client resumed a session"),
	FIELD("rule.id", TEXT, IF_SET, rule_id, "the rule that decided"),
	FIELD("rule.category", TEXT, IF_SET, rule_category, "the category that made it true"),
	FIELD("rule.reason", TEXT, IF_SET, rule_reason, "the reason it gives"),
	FIELD("sluice.verb", TEXT, IF_SET, rule_verb, "the verb of the rule: pass, inspect, block or warn"),
	FIELD("sluice.group", TEXT, IF_SET, group, "the group of the client"),
	FIELD("sluice.monitor", TEXTS, IF_SET, monitor, "rules that would have decided but only watch"),
	FIELDS_BODY("sluice.", body, ""),
	FIELDS_BODY("sluice.sent.", sent, ", of what was sent"),
	FIELD("sluice.sent.chunked", FLAG, IF_SET, sent_chunked, "the request did not say how large its body would be"),
	FIELD("sluice.search.terms", TEXT, IF_SET, search, "what was searched for; only where whole URLs are recorded"),
	FIELD("sluice.suspicion", TEXT, IF_SET, suspicion, "what the shape of the site's name suggests"),
	FIELD("sluice.evidence", TEXT, IF_SET, evidence, "what made the score"),
	FIELD("sluice.answer", TEXT, IF_SET, answer, "what the proxy answered by itself"),
	FIELD("sluice.warning", TEXT, IF_SET, warning,
		"how far the client got with a warning: shown, followed, accepted"),
	FIELD("sluice.override.id", U64, IF_SET, override_id,
		"which override code let it through; of a code that was sent, its number"),
	FIELD("sluice.override.rule", TEXT, IF_SET, override_rule, "the rule that it set aside, or was sent against"),
	FIELD("sluice.override.result", TEXT, IF_SET, override_result,
		"what became of a code that was sent: used, refused, mistyped, limited"),
	FIELD("sluice.enforced", TEXTS, IF_SET, enforced,
		"what the request was made to ask for: safe-search, youtube, ..."),
	FIELD("sluice.session", U64, IF_SET, session, "the client's connection"),
	FIELD("sluice.exchange", U64, IF_SET, exchange, "which one of the session, from 1"),
	FIELD("sluice.step", TEXT, IF_SET, step, "where it ended"),
	FIELD("sluice.close", TEXT, IF_SET, close, "why it ended"),
	FIELD("sluice.verify", TEXT, IF_SET, verify, "how the origin's certificate was judged"),
	FIELD("sluice.key", TEXT, IF_SET, key, "the key of an origin's certificate that was refused or excepted"),
	FIELD("sluice.error", TEXT, IF_SET, error, ""),
	FIELD("sluice.client.frames", U64, IF_SET, client_frames, "WebSocket messages"),
	FIELD("sluice.origin.frames", U64, IF_SET, origin_frames, ""),
	FIELD("sluice.hold.bytes", U64, IF_SET, held_bytes, "held back for a rule that asks for content"),
	FIELD("sluice.hold.duration", U64, IF_SET, held_ns, "nanoseconds"),
	FIELD("sluice.dial.duration", U64, IF_SET, dial_ns, "nanoseconds"),
	FIELD("sluice.wait.duration", U64, IF_SET, wait_ns, "nanoseconds"),
	FIELD("sluice.ech", FLAG, IF_SET, ech, "the ClientHello carried encrypted_client_hello"),
	FIELD("sluice.truncated", FLAG, IF_SET, truncated, "the body ended too early"),
	FIELD("sluice.origin.reused", FLAG, IF_SET, origin_reused, "a pooled connection"),
	FIELD("sluice.origin.ja4", TEXT, IF_SET, origin_ja4, "the fingerprint of the ClientHello to the origin"),
	FIELD("sluice.pq_downgrade", FLAG, IF_SET, pq_downgrade,
		"the client offered a post-quantum group, and one leg was agreed on without"),
	FIELD("sluice.origin.resumed", FLAG, IF_SET, origin_resumed, "a resumed TLS session"),
	FIELD("sluice.pass_proof", TEXT, IF_SET, pass_proof,
		"what showed that the destination of a flow that a rule passes by its name is the name's own: dns, "
		"certificate; or none, and it was inspected"),
	FIELD("sluice.untrusted", FLAG, IF_SET, untrusted_leaf, "the client was shown a leaf that nobody trusts"),
};
const size_t record_field_count = sizeof record_fields / sizeof record_fields[0];

const struct record_field *
record_field_find(struct slice key)
{
	for (size_t i = 0; i < record_field_count; i++) {
		if (slice_eq(record_fields[i].key, key))
			return &record_fields[i];
	}
	return NULL;
}

/* Where the authority ends: at the path, the query or the fragment (RFC 3986 section 3.2), or at a backslash,
 * which browsers take for a slash. */
static size_t
authority_end(struct slice url, size_t from)
{
	size_t end = from;

	for (; end < url.len; end++) {
		char c = url.ptr[end];

		if (c == '/' || c == '?' || c == '#' || c == '\\')
			break;
	}
	return end;
}

struct record_url
record_url_redact(struct slice url, enum record_urls keep)
{
	size_t from = 0, at, end, last;

	/* Without a scheme it is "host:port" of CONNECT, or nothing that we can take apart: its start counts as
	 * authority. */
	end = authority_end(url, 0);
	if (end > 0 && slice_starts_with(slice_sub(url, end - 1, url.len), SLICE("://"))) {
		from = end + 2;
		end = authority_end(url, from);
	}
	for (at = end; at > from && url.ptr[at - 1] != '@'; at--)
		;
	last = end;
	if (keep == RECORD_URLS_PATH) {
		while (last < url.len && url.ptr[last] != '?' && url.ptr[last] != '#')
			last++;
	} else if (keep == RECORD_URLS_FULL) {
		last = url.len;
	} else if (last < url.len) {
		/* One byte of the path is the slash itself. */
		if (url.ptr[last] != '/')
			return (struct record_url){slice_sub(url, 0, from), slice_sub(url, at, last)};
		last++;
	}
	if (at == from)
		return (struct record_url){slice_sub(url, 0, last), SLICE_EMPTY};
	return (struct record_url){slice_sub(url, 0, from), slice_sub(url, at, last)};
}
