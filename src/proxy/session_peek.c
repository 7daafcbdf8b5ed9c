/* PEEK and ROUTE: what the first bytes say, and what policy makes of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "http/h1_head.h"
#include "http/uri.h"
#include "proxy/generation.h"
#include "proxy/judge.h"
#include "proxy/pass_proof.h"
#include "proxy/session_steps.h"
#include "record/record.h"
#include "tls/context.h"

static const char timeout_answer[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

#define HELLO_ARENA_MAX (128 * 1024)
#define HEAD_ARENA_MAX (512 * 1024)

/* More bytes are needed: the kernel wakes us when they are there, and grows its buffer for them. */
static enum step_result
wait_for(struct session *s, size_t need)
{
	int low_water = (int)need;

	s->waits_for_bytes = true;
	setsockopt(s->client_stream.stream.io.fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof low_water);
	stream_want_read(&s->client_stream.stream, true);
	return STEP_WAIT;
}

static enum step_result
peeked(struct session *s)
{
	int low_water = 1;

	if (s->waits_for_bytes)
		setsockopt(s->client_stream.stream.io.fd, SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof low_water);
	stream_want_read(&s->client_stream.stream, false);
	return session_go(s, SESSION_ROUTE);
}

/* The client's ALPN offer as far as we can speak it. */
static void
take_alpn(struct session *s, const struct client_hello *hello)
{
	struct slice rest = hello->alpn, name;

	while (client_hello_next_alpn(&rest, &name)) {
		s->client_offers_alpn = true;
		/* The older names are HTTP, too (RFC 7301 section 6): read as such, though nobody chooses them any
		 * more. */
		if (slice_starts_with(name, SLICE("http/")))
			s->client_offers_http = true;
		if (!slice_eq(name, SLICE("h2")) && !slice_eq(name, SLICE("http/1.1")))
			continue;
		if (s->alpn_offer_len + name.len + 1 > sizeof s->alpn_offer)
			break;
		s->alpn_offer[s->alpn_offer_len++] = (uint8_t)name.len;
		memcpy(s->alpn_offer + s->alpn_offer_len, name.ptr, name.len);
		s->alpn_offer_len = (uint8_t)(s->alpn_offer_len + name.len);
	}
}

/* Whether a leaf with a P-256 key serves: by ecdsa_secp256r1_sha256 (RFC 8446 section 4.2.3), and below TLS 1.3 by one
 * of our suites for such a key as well (RFC 8422, RFC 7905). */
static bool
speaks_ecdsa(const struct client_hello *hello)
{
	return client_hello_list_has(hello->signature_algorithms, 0x0403) &&
	       (client_hello_offers_version(hello, TLS_VERSION_1_3) ||
		       client_hello_list_has(hello->cipher_suites, 0xc02b) ||
		       client_hello_list_has(hello->cipher_suites, 0xc02c) ||
		       client_hello_list_has(hello->cipher_suites, 0xcca9));
}

/* What will be offered to the origin in the client's place, should the flow be read. */
static void
take_offer(struct session *s, const struct client_hello *hello)
{
	struct tls_offer_lists lists = {
		.speaks_tls12 = client_hello_offers_version(hello, TLS_VERSION_1_2),
		.speaks_tls13 = client_hello_offers_version(hello, TLS_VERSION_1_3),
		.has_encrypt_then_mac = hello->has_encrypt_then_mac,
		.cipher_suites = hello->cipher_suites,
		.groups = hello->groups,
		.signature_algorithms = hello->signature_algorithms,
	};
	struct tls_offer_limits limits = {
		.allows_tls12 = s->generation->conf->tls.min_version == CONF_TLS_1_2,
		.has_hybrid = tls_has_hybrid_group(),
	};

	s->has_offer = tls_offer_make(&lists, &limits, &s->offer);
}

static enum step_result
peek_hello(struct session *s, struct slice bytes)
{
	struct arena arena = arena_make(HELLO_ARENA_MAX);
	struct client_hello hello;
	enum parse parsed;
	bool is_too_old = false;
	size_t need = 0;

	parsed = client_hello_read(bytes, &arena, &hello, &need);
	if (parsed == PARSE_DONE) {
		is_too_old = client_hello_highest_version(&hello) < TLS_VERSION_1_2;
		s->protocol = PROTOCOL_TLS;
		s->sni_status = hello.sni_status;
		snprintf(s->site, sizeof s->site, "%s", hello.sni);
		s->has_ech = hello.has_ech;
		s->client_speaks_ecdsa = speaks_ecdsa(&hello);
		s->client_may_resume =
			hello.has_extended_master_secret || client_hello_offers_version(&hello, TLS_VERSION_1_3);
		ja4_format(&hello, JA4_TCP, s->thread->sha256, s->ja4);
		take_alpn(s, &hello);
		take_offer(s, &hello);
	}
	arena_release(&arena);
	switch (parsed) {
	case PARSE_MORE:
		s->protocol = PROTOCOL_TLS;
		return wait_for(s, need);
	case PARSE_BAD:
		return session_over_with_alert(s, SSL_AD_DECODE_ERROR, client_hello_error_name(hello.error));
	case PARSE_DONE:
		break;
	}
	if (is_too_old)
		return session_over_with_alert(s, SSL_AD_PROTOCOL_VERSION, "client speaks no TLS 1.2");
	return peeked(s);
}

/* The host of the first request, so that a rule about a site can pass the flow.  A head that is malformed, or longer
 * than the kernel shows, is left to the HTTP parser, which refuses it or judges it as a request. */
static enum step_result
peek_head(struct session *s, struct slice bytes)
{
	const struct http_limits *limits = &s->generation->http_limits;
	struct h1_head_limits head_limits = {limits->head_max, limits->target_max, limits->field_max};
	struct arena arena = arena_make(HEAD_ARENA_MAX);
	struct http_message head;
	struct h1_scan scan = {0};
	struct slice host;
	size_t length = 0;
	uint16_t port;
	enum http_error error = HTTP_OK;
	enum parse found;

	s->protocol = PROTOCOL_HTTP;
	found = h1_head_find(&scan, bytes, &head_limits, true, &length, &error);
	if (found == PARSE_MORE && bytes.len < PROXY_PEEK_MAX)
		return wait_for(s, bytes.len + 1);
	http_message_init(&head, &arena, true);
	if (found == PARSE_DONE &&
		h1_request_parse(slice_sub(bytes, 0, length), &head_limits, SLICE("http"), &head) == HTTP_OK)
		http_message_host(&head, s->site, &host, &port);
	arena_release(&arena);
	return peeked(s);
}

enum step_result
step_peek(struct session *s)
{
	int fd = s->client_stream.stream.io.fd;
	char *buffer = s->thread->peek_buffer;
	ssize_t n = recv(fd, buffer, PROXY_PEEK_MAX, MSG_PEEK);
	enum sniff_kind kind;
	struct slice bytes;
	size_t need = 0;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		stream_want_read(&s->client_stream.stream, true);
		return STEP_WAIT;
	}
	if (n <= 0)
		return session_over(s, n == 0 ? "client closed" : "client reset");
	bytes = slice_make(buffer, (size_t)n);
	if (sniff(bytes, &kind, &need) == PARSE_MORE) {
		s->protocol = kind == SNIFF_TLS ? PROTOCOL_TLS : kind == SNIFF_OTHER ? PROTOCOL_UNKNOWN : PROTOCOL_HTTP;
		s->peeked_any = true;
		return wait_for(s, need);
	}
	s->peeked_any = true;
	switch (kind) {
	case SNIFF_TLS:
		return peek_hello(s, bytes);
	case SNIFF_HTTP1:
		return peek_head(s, bytes);
	case SNIFF_HTTP2:
		s->protocol = PROTOCOL_HTTP;
		s->is_http2_preface = true;
		return peeked(s);
	case SNIFF_OTHER:
		break;
	}
	s->protocol = PROTOCOL_UNKNOWN;
	return peeked(s);
}

/* Nothing at all, or not enough.  Who waits for the server to speak first is an unknown protocol; half a hello or half
 * a request line is a broken client (or one that hides), and is refused. */
enum step_result
late_peek(struct session *s)
{
	if (!s->peeked_any) {
		s->protocol = PROTOCOL_SILENT;
		return peeked(s);
	}
	if (s->protocol == PROTOCOL_UNKNOWN)
		return peeked(s);
	if (s->protocol == PROTOCOL_TLS)
		return session_over_with_alert(s, SSL_AD_DECODE_ERROR, "client stopped in its first message");
	stream_write(&s->client_stream.stream, timeout_answer, sizeof timeout_answer - 1);
	return session_over(s, "client stopped in its first message");
}

/* With a wrong date expired certificates would be accepted, and leaves made that are worth nothing: what would be read
 * is passed as it is, or refused, as when the daemon is down.  What policy blocks or passes by now stays so. */
static enum step_result
route_without_clock(struct session *s)
{
	s->is_unread_for_clock = true;
	counter_add(&s->thread->counters.flows_unread_for_clock, 1);
	if (s->generation->conf->gateway.on_failure == CONF_ON_FAILURE_OPEN)
		return session_go(s, SESSION_TUNNEL);
	s->close_reason = "date cannot be relied on";
	s->is_refused = true;
	return session_go(s, SESSION_REFUSE);
}

/* Whether a bypass lets the flow pass.  What the administrator pinned is a name, and wants the proof that a rule by
 * the name wants; what was learnt names the destinations that were verified for it. */
static enum pass_answer
route_by_bypass(struct session *s)
{
	enum pass_answer answer = PASS_REFUSED;

	if (s->protocol == PROTOCOL_TLS && !s->site_is_unproved && session_take_bypass(s))
		answer = s->bypass == BYPASS_PINNED ? pass_proof_ask(s) : PASS_GIVEN;
	if (answer == PASS_REFUSED)
		s->bypass = BYPASS_NONE;
	if (answer != PASS_GIVEN)
		return answer;
	s->verdict.verb = VERB_PASS;
	s->verdict.rule = NULL;
	s->verdict.category = -1;
	counter_add(&s->thread->counters.bypasses_used, 1);
	return answer;
}

enum step_result
step_route(struct session *s)
{
	const struct conf *conf = s->generation->conf;
	bool is_readable = s->protocol == PROTOCOL_HTTP || s->protocol == PROTOCOL_TLS;

	/* Only protocols that are not HTTP are offered inside TLS (RFC 7301): reading them as HTTP would be wrong. */
	if (s->protocol == PROTOCOL_TLS && s->client_offers_alpn && s->alpn_offer_len == 0 && !s->client_offers_http)
		is_readable = false;
	judge_connection(s, &s->verdict);
	if (s->verdict.verb == VERB_PASS && !session_hides_its_name(s))
		switch (pass_proof_ask(s)) {
		case PASS_GIVEN:
			break;
		case PASS_WAITS:
			return STEP_WAIT;
		case PASS_REFUSED:
			judge_connection(s, &s->verdict);
			break;
		}
	/* What is passed by its name must not be passed by a name that hides another (RFC 9849 section 8.1.2). */
	if (session_hides_its_name(s)) {
		s->is_ech_public = true;
		if (conf->tls.ech == CONF_ECH_BLOCK && s->verdict.verb != VERB_BLOCK) {
			s->close_reason = RECORD_REASON_HIDDEN_NAME;
			s->is_refused = true;
			return session_go(s, SESSION_REFUSE);
		}
		if (s->verdict.verb == VERB_PASS) {
			s->verdict.verb = VERB_INSPECT;
			s->verdict.rule = NULL;
			s->verdict.category = -1;
		}
	} else if (s->verdict.verb != VERB_PASS && s->verdict.verb != VERB_BLOCK && route_by_bypass(s) == PASS_WAITS)
		return STEP_WAIT;
	switch (s->verdict.verb) {
	case VERB_PASS:
		return session_go(s, SESSION_TUNNEL);
	case VERB_BLOCK:
		return session_go(s, SESSION_REFUSE);
	default:
		break;
	}
	if (!is_readable) {
		if (conf->gateway.unknown == CONF_UNKNOWN_PASS)
			return session_go(s, SESSION_TUNNEL);
		s->close_reason = "unknown protocol";
		s->is_refused = true;
		return session_go(s, SESSION_REFUSE);
	}
	if (s->protocol == PROTOCOL_TLS && thread_clock_is_wrong(s->thread))
		return route_without_clock(s);
	return session_go(s, s->protocol == PROTOCOL_TLS ? SESSION_DIAL : SESSION_SERVE);
}
