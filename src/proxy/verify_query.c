/* The verifier asked from outside.  See verify_query.h. */
#include "proxy/verify_query.h"

#include <time.h>

#include "proxy/judge.h"
#include "tls/ca_pem.h"
#include "tls/verify.h"

static json_t *
refuse(const char *error)
{
	return json_pack("{s:s}", "error", error);
}

/* What an administrator's exception lifted. */
static json_t *
excepted(const struct verify_verdict *v)
{
	json_t *reasons = json_array();

	for (unsigned reason = 0; reason < VERIFY_REASONS; reason++)
		if (v->excepted & UINT32_C(1) << reason)
			json_array_append_new(reasons, json_string(verify_reason_code(reason)));
	return reasons;
}

static json_t *
describe(const struct verify_verdict *v, X509 *leaf, int64_t now)
{
	char issuer[JUDGE_ISSUER_MAX];
	struct facts facts = {.time = now};

	judge_certificate(leaf, &facts, issuer);
	return json_pack("{s:b, s:s, s:s, s:i, s:o, s:{s:s, s:I, s:b}}", "accepted", verify_verdict_accepts(v),
		"reason", verify_reason_code(v->reason), "text", verify_reason_text(v->reason), "depth", (int)v->depth,
		"excepted", excepted(v), "certificate", "issuer", issuer, "age", (json_int_t)facts.certificate.age,
		"self_signed", facts.certificate.self_signed);
}

json_t *
verify_query(const struct generation *g, const struct revocations *revocations, const json_t *request)
{
	struct slice pem = slice_of(json_string_value(json_object_get(request, "chain")));
	struct problems problems = {0};
	struct verify_verdict verdict;
	struct hostname host;
	STACK_OF(X509) *chain;
	json_t *answer;

	if (!hostname_parse(slice_of(json_string_value(json_object_get(request, "host"))), &host))
		return refuse("host wants a host name or an address");
	chain = ca_pem_read_certificates(pem, VERIFY_CERTS_MAX, "the chain", &problems);
	if (chain) {
		struct verify_input in = {
			.trust = g->trust,
			.leaf = sk_X509_value(chain, 0),
			.chain = chain,
			.host = &host,
			.now = time(NULL),
			.revocations = g->conf->tls.crl == CONF_CRL_BACKGROUND ? revocations : NULL,
			.options = VERIFY_STAPLE_LATER,
		};

		verify_chain(&in, &verdict);
		answer = describe(&verdict, in.leaf, in.now);
	} else
		answer = refuse(problems.count ? problems.items[0].text : "the chain cannot be read");
	sk_X509_pop_free(chain, X509_free);
	problems_release(&problems);
	return answer;
}
