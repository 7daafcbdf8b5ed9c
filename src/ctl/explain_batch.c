/* Many situations at once.  See explain_batch.h. */
#include "ctl/explain_batch.h"

#include "ctl/judgement.h"
#include "ctl/situation_json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static json_t *
text(struct slice s)
{
	return json_stringn(s.ptr, s.len);
}

static json_t *
answer_of(const struct policy *policy, const struct verdict *v)
{
	bool undecided = v->verb == VERB_UNDECIDED;
	json_t *monitored = json_array();

	for (size_t i = 0; i < v->monitored_count; i++)
		json_array_append_new(monitored, text(v->monitored[i]->id));
	return json_pack("{s:s, s:b, s:o, s:o, s:s?, s:o}", "verb", verb_name(undecided ? VERB_INSPECT : v->verb),
		"decided", !undecided, "rule", text(verdict_rule_id(v)), "reason", text(verdict_reason(v)), "category",
		verdict_category(policy, v), "monitored", monitored);
}

static json_t *
judge_line(struct ctl *ctl, struct policy_file *policy, const char *line, size_t len)
{
	static struct situation_request request;
	struct verdict verdict;
	json_error_t error;
	json_t *object = json_loadb(line, len, 0, &error), *answer;

	if (object == NULL)
		return json_pack("{s:s}", "error", error.text);
	if (situation_from_json(&request, object, ctl->now_ns)) {
		judgement_prepare(policy, &request.situation, request.names_user);
		judgement_of(policy, &request.situation, &verdict);
		answer = answer_of(policy->policy, &verdict);
	} else
		answer = json_pack("{s:s}", "error", request.wrong);
	json_decref(object);
	return answer;
}

int
explain_batch(struct ctl *ctl, struct policy_file *policy, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned long number = 0, first_wrong = 0;
	ssize_t len;

	if (file == NULL)
		return ctl_fail(ctl, EX_NOINPUT, NULL, "%s: %s", path, strerror(errno));
	while ((len = getline(&line, &room, file)) > 0) {
		json_t *answer = judge_line(ctl, policy, line, (size_t)len);

		number++;
		if (answer == NULL || json_object_get(answer, "error"))
			first_wrong = first_wrong ? first_wrong : number;
		json_dumpf(answer, ctl->out, JSON_COMPACT);
		fputc('\n', ctl->out);
		json_decref(answer);
	}
	free(line);
	if (!is_stdin)
		fclose(file);
	if (first_wrong)
		return ctl_fail(
			ctl, EX_DATAERR, "its answer says what is wrong", "line %lu describes no request", first_wrong);
	return EX_OK;
}
