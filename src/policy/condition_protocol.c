/* Conditions on what is spoken, and on what both sides of a TLS handshake showed of themselves. */
#include "policy/condition_text.h"

#include "conf/value.h"

#include <inttypes.h>
#include <stdio.h>

/* protocol */

static const struct {
	const char *name;
	uint32_t transports;
	uint32_t applications;
} protocols[] = {
	{"other", 1 << TRANSPORT_OTHER, 0},
	{"tls", 1 << TRANSPORT_TLS, 0},
	{"http", 1 << TRANSPORT_HTTP, 0},
	{"quic", 1 << TRANSPORT_QUIC, 0},
	{"h1", 0, APPLICATION_HTTP1},
	{"h2", 0, APPLICATION_HTTP2},
	{"h3", 0, APPLICATION_HTTP3},
	{"websocket", 0, APPLICATION_WEBSOCKET},
	{"grpc", 0, APPLICATION_GRPC},
};
#define PROTOCOLS (sizeof protocols / sizeof protocols[0])

bool
condition_read_protocol(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	for (unsigned i = 0; i < field->count; i++) {
		struct conf_suggest search = {.word = field->values[i].text};
		size_t p = 0;

		while (p < PROTOCOLS && !slice_eq(field->values[i].text, slice_of(protocols[p].name)))
			conf_suggest_offer(&search, protocols[p++].name);
		if (p == PROTOCOLS)
			return condition_refuse_near(reader, field, &field->values[i], "protocol", &search,
				"write tls, http, quic, other, h1, h2, h3, websocket or grpc");
		condition->protocol.transports |= protocols[p].transports;
		condition->protocol.applications |= protocols[p].applications;
	}
	return condition_looks_at(
		condition, (condition->protocol.transports ? FACT_BIT(FACT_TRANSPORT) : 0) |
				   (condition->protocol.applications ? FACT_BIT(FACT_APPLICATION) : 0));
}

enum truth
condition_evaluate_protocol(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;
	enum truth truth = TRUTH_FALSE;

	if (condition->protocol.transports)
		truth = fact_is_known(facts, FACT_TRANSPORT)
				? truth_of(condition->protocol.transports & (1u << facts->transport))
				: TRUTH_UNKNOWN;
	if (condition->protocol.applications)
		truth = truth_or(truth, fact_is_known(facts, FACT_APPLICATION)
						? truth_of(condition->protocol.applications & facts->application)
						: TRUTH_UNKNOWN);
	return truth;
}

void
condition_evidence_protocol(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	size_t n = (size_t)snprintf(dst, dst_size, "protocol");

	for (size_t p = 0; p < PROTOCOLS && n < dst_size; p++)
		if ((fact_is_known(facts, FACT_TRANSPORT) && (protocols[p].transports & (1u << facts->transport))) ||
			(fact_is_known(facts, FACT_APPLICATION) && (protocols[p].applications & facts->application)))
			n += (size_t)snprintf(dst + n, dst_size - n, " %s", protocols[p].name);
}

/* ja4 */

bool
condition_read_ja4(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	return condition_read_texts(reader, field, 0, &condition->texts) &&
	       condition_looks_at(condition, FACT_BIT(FACT_JA4));
}

enum truth
condition_evaluate_ja4(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_JA4))
		return TRUTH_UNKNOWN;
	return truth_of(input->facts->ja4.len && condition_texts_match(&condition->texts, input->facts->ja4, false));
}

void
condition_evidence_ja4(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "JA4 %.*s", SLICE_ARG(facts->ja4.len ? facts->ja4 : SLICE("(none)")));
}

/* certificate */

bool
condition_read_certificate(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	static const char *const properties[] = {"issuer", "age", "self-signed"};
	struct slice what = field->values[0].text;
	struct conf_suggest search = {.word = what};
	uint64_t age;

	condition_looks_at(condition, FACT_BIT(FACT_CERTIFICATE));
	if (slice_eq(what, SLICE("self-signed")) && field->count == 1) {
		condition->certificate.what = CERTIFICATE_SELF_SIGNED;
		return true;
	}
	if (slice_eq(what, SLICE("issuer")) && field->count > 1) {
		condition->certificate.what = CERTIFICATE_ISSUER;
		return condition_read_texts(reader, field, 1, &condition->certificate.issuers);
	}
	if (slice_eq(what, SLICE("age"))) {
		condition->certificate.what = CERTIFICATE_AGE;
		if (!condition_read_bound(
			    reader, field, 1, conf_value_duration, "7d", &condition->certificate.is_over, &age))
			return false;
		condition->certificate.age = (int64_t)(age / 1000000000u);
		return true;
	}
	for (size_t i = 0; i < sizeof properties / sizeof properties[0]; i++)
		if (!slice_eq(what, slice_of(properties[i])))
			conf_suggest_offer(&search, properties[i]);
	return condition_refuse_near(reader, field, &field->values[0],
		"property of a certificate that a rule can ask for", &search,
		"write issuer TEXT, age over 7d, or self-signed");
}

bool
condition_contains_nocase(struct slice text, struct slice part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (slice_eq_nocase(slice_sub(text, i, i + part.len), part))
			return true;
	return false;
}

static bool
issuer_matches(const struct condition_texts *texts, struct slice issuer)
{
	for (size_t i = 0; i < texts->count; i++)
		if (condition_contains_nocase(issuer, texts->items[i]))
			return true;
	for (size_t i = 0; i < texts->pattern_count; i++)
		if (regex_matches(texts->patterns[i], issuer))
			return true;
	return false;
}

enum truth
condition_evaluate_certificate(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;

	if (!fact_is_known(facts, FACT_CERTIFICATE))
		return TRUTH_UNKNOWN;
	if (!facts->certificate.present)
		return TRUTH_FALSE;
	switch (condition->certificate.what) {
	case CERTIFICATE_ISSUER:
		return truth_of(issuer_matches(&condition->certificate.issuers, facts->certificate.issuer));
	case CERTIFICATE_AGE:
		return truth_of(condition->certificate.is_over ? facts->certificate.age > condition->certificate.age
							       : facts->certificate.age < condition->certificate.age);
	case CERTIFICATE_SELF_SIGNED:
		return truth_of(facts->certificate.self_signed);
	}
	return TRUTH_FALSE;
}

void
condition_evidence_certificate(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	if (!facts->certificate.present)
		snprintf(dst, dst_size, "no certificate");
	else if (condition->certificate.what == CERTIFICATE_AGE)
		snprintf(dst, dst_size, "certificate valid since %" PRId64 " days", facts->certificate.age / 86400);
	else
		snprintf(dst, dst_size, "certificate %sby %.*s", facts->certificate.self_signed ? "self-signed, " : "",
			SLICE_ARG(facts->certificate.issuer));
}
