/* What a policy says of a situation: the facts as the live proxy would gather them, judged by its evaluator.  `explain`
 * and `replay` ask here. */
#ifndef SLUICE_CTL_JUDGEMENT_H
#define SLUICE_CTL_JUDGEMENT_H

#include "ctl/policy_file.h"
#include "ctl/situation.h"
#include "policy/evaluate.h"

/* What the lists, the names and the files of the configuration add to what is told; once, before what follows.  The
 * situation then borrows from p.  Users are asked for only where `names_user` is false. */
void judgement_prepare(struct policy_file *p, struct situation *s, bool names_user);
/* The facts of one direction, borrowed from both. */
void judgement_facts(
	struct policy_file *p, const struct situation *s, enum fact_direction direction, struct facts *facts);
/* Judges it as the live proxy judges an exchange: what the client sends first, then what he gets. */
void judgement_of(struct policy_file *p, const struct situation *s, struct verdict *verdict);
/* The name of the first topic that the model does not know; NULL where it knows all. */
const char *judgement_unknown_topic(const struct policy_file *p, const struct situation *s);

#endif
