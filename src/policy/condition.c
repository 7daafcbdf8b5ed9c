/* The table of conditions.  See condition.h; what the rows do is in condition_connection.c, condition_protocol.c,
 * condition_message.c and condition_content.c. */
#include "policy/condition.h"

#include "policy/condition_relation.h"
#include "policy/condition_text.h"

#include <stdio.h>

static bool
read_any(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	if (condition->is_negated == condition->is_exception) {
		if (!condition->is_exception)
			return true;
		conf_error(reader->problems, field->statement, field->key, "remove the rule",
			"\"except any\" lifts the rule always");
	} else {
		conf_error(reader->problems, field->statement, field->key, "remove it", "\"not any\" never holds");
	}
	return false;
}

static enum truth
evaluate_any(const struct condition *condition, struct condition_input *input)
{
	return TRUTH_TRUE;
}

static void
evidence_any(const struct condition *condition, const struct facts *facts, const struct policy_names *names, char *dst,
	size_t dst_size)
{
	snprintf(dst, dst_size, "always");
}

#define ROW(name)                                                                                              \
	condition_read_##name, condition_evaluate_##name, condition_evidence_##name, condition_implies_##name, \
		condition_excludes_##name
/* Several values of the fact may hold at once, so that none excludes another. */
#define ROW_OF_MANY(name) \
	condition_read_##name, condition_evaluate_##name, condition_evidence_##name, condition_implies_##name, NULL

const struct condition_kind condition_kinds[] = {
	{"any", "", 0, "Everything.", NULL, read_any, evaluate_any, evidence_any, NULL, NULL},
	{"site", "HOST | *.HOST | HOST/PATH | ~PATTERN ...", 1,
		"The site: a host; *.HOST for every host below it (not itself); HOST/PATH for URLs whose path begins "
		"so; "
		"or a pattern, matched against the host name, or, where it has a slash, against host and path.",
		NULL, ROW(site)},
	{"category", "NAME...", 1, "The site or the URL is in one of these categories of the lists.", NULL,
		ROW_OF_MANY(category)},
	{"port", "PORT | FROM-TO ...", 1, "The destination port.", NULL, ROW(port)},
	{"destination", "NETWORK...", 1, "The address that the client wanted to reach.", NULL, ROW(destination)},
	{"client", "GROUP...", 1, "The client is in one of these groups, beside the group of the rule.", NULL,
		ROW(client)},
	{"protocol", "tls | http | quic | other | h1 | h2 | h3 | websocket | grpc ...", 1,
		"What the connection begins with (tls, plain http, quic, other), or what is spoken inside.", NULL,
		ROW(protocol)},
	{"ja4", "FINGERPRINT | BEGIN* ...", 1, "The JA4 fingerprint of the client's TLS.", NULL, ROW(ja4)},
	{"certificate", "issuer TEXT... | age over|under TIME | self-signed", 1,
		"The origin's certificate: the issuer's name contains a text, or matches a pattern; how long ago it "
		"became "
		"valid; or that it is self-signed.",
		NULL, ROW(certificate)},
	{"method", "METHOD...", 1, "The request's method.", NULL, ROW(method)},
	{"header", "NAME [VALUE | BEGIN* | ~PATTERN ...]", 1,
		"The request has this header field, with one of these values where any are given.", NULL,
		ROW_OF_MANY(header)},
	{"type", "CLASS | TYPE/SUBTYPE | TYPE/* ...", 1,
		"What the body is by its content, whatever its label says: a class such as executable, or a MIME type.",
		"the first bytes of the body", ROW_OF_MANY(type)},
	{"size", "over|under BYTES", 1, "The size of the body.", NULL, ROW(size)},
	{"direction", "upload | download", 1, "Whether the body that is judged goes up or comes down.", NULL,
		ROW(direction)},
	{"phrases", "over SCORE", 1, "The score of the phrase lists.", "the body, as hold says", ROW_OF_MANY(phrases)},
	{"topic", "NAME... [over PERCENT]", 1, "What the text model takes the page for; over 50 where not said.",
		"the body, as hold says", ROW_OF_MANY(topic)},
	{"search", "TEXT... | ~PATTERN... | * | over SCORE", 1,
		"What is searched for with a known search engine: the words of a text, one behind the other (in lower "
		"case; a * at the end stands for the rest of a word, alone for any search), a pattern, or what the "
		"phrase lists score the search with.",
		"a posted search form", ROW_OF_MANY(search)},
	{"suspicious", "generated | lookalike ...", 1,
		"The site's name looks made up by a program, or like one of content { protect }.  No block rule may "
		"rest on this alone.",
		NULL, ROW_OF_MANY(suspicious)},
	{"unreadable", "REASON...", 1,
		"The body could not be read to its end: unknown-coding, too-deep (codings in one another), bad-data, "
		"truncated, over-ratio (a bomb), over-size (more than content { max_body }), over-memory.",
		"the body, as hold says", ROW(unreadable)},
	{"during", "TIME...", 1, "The time of day lies in one of these times.", NULL, ROW(during)},
};
const size_t condition_kind_count = sizeof condition_kinds / sizeof condition_kinds[0];

const struct condition_kind *
condition_kind_find(struct slice name)
{
	for (size_t i = 0; i < condition_kind_count; i++)
		if (slice_eq(slice_of(condition_kinds[i].name), name))
			return &condition_kinds[i];
	return NULL;
}

enum truth
condition_evaluate(const struct condition *condition, struct condition_input *input)
{
	enum truth truth = condition->kind->evaluate(condition, input);

	return condition->is_negated ? truth_not(truth) : truth;
}

void
condition_evidence(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	uint32_t missing = condition->facts & ~facts->known;
	size_t n;

	if (missing == 0) {
		condition->kind->evidence(condition, facts, names, dst, dst_size);
		return;
	}
	facts_list(missing, dst, dst_size);
	n = strlen(dst);
	snprintf(dst + n, dst_size - n, " not known yet");
}
