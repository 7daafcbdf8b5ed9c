/* A walk told in rows: rule by rule, condition by condition, with the fact that made it true, false or not known
 * yet.  It is the live walk, traced; the rows are neutral, so that a tool can print them as text or as JSON. */
#ifndef SLUICE_POLICY_EXPLAIN_H
#define SLUICE_POLICY_EXPLAIN_H

#include "base/buffer.h"
#include "policy/evaluate.h"

enum explain_kind {
	EXPLAIN_GROUP,     /* what: "pupils" */
	EXPLAIN_CONDITION, /* what: "category games social" */
	EXPLAIN_EXCEPTION, /* what: "site wiki.example.org"; true: it lifts the rule */
	EXPLAIN_RULE,      /* what: the whole rule; it comes after its conditions */
};

struct explain_row {
	enum explain_kind kind;
	const struct rule *rule;
	struct slice what;
	enum truth truth;
	struct slice evidence; /* "site www.example.org"; of EXPLAIN_RULE what follows: "skipped", "decides"... */
};

struct explanation {
	struct explain_row *rows; /* in the arena; borrow the policy's texts */
	size_t count;
	struct verdict verdict;
	struct arena arena;
	bool is_cut; /* memory was out: rows are missing */
};

/* The same verdict as policy_evaluate_exempting() gives (exemption may be NULL), and how it came about.  Free with
 * explanation_release(). */
void policy_explain(const struct policy *policy, const struct facts *facts, const struct policy_exemption *exemption,
	struct explanation *explanation);
void explanation_release(struct explanation *explanation);

/* "true", "false", "unknown". */
const char *truth_name(enum truth truth);
/* One sentence: "block by sluice.conf:31 (category malware): dangerous site". */
const char *verdict_format(const struct policy *policy, const struct verdict *verdict, char *dst, size_t dst_size);
/* The rows and the verdict as text for a terminal; false when the buffer is full. */
bool explanation_print(const struct policy *policy, const struct explanation *explanation, struct buffer *out);

#endif
