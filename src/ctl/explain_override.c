/* explain and override codes.  See explain_override.h. */
#include "ctl/explain_override.h"

#include "ctl/daemon.h"

#include <string.h>

#define TIMEOUT_MS 2000

static uint32_t
exempts(const struct policy_exemption *self, const struct rule *rule, int category)
{
	const struct entered_override *e = (const struct entered_override *)self; /* its first member */

	return override_covers_rule(&e->scope, e->policy, rule, category) &&
			       override_covers_client(&e->scope, e->policy, e->facts)
		       ? e->id
		       : 0;
}

/* The scope of a row of `override list`; false where it is malformed. */
static bool
read_scope(const json_t *row, struct override_scope *scope)
{
	const char *client = json_string_value(json_object_get(row, "client"));
	const struct {
		const char *key;
		char *dst;
	} names[] = {{"group", scope->group}, {"rule", scope->rule}, {"category", scope->category}};

	*scope = (struct override_scope){.has_client = client && strcmp(client, "any") != 0};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *name = json_string_value(json_object_get(row, names[i].key));

		if (name == NULL || !slice_to_cstr(slice_of(name), names[i].dst, OVERRIDE_NAME_MAX + 1))
			return false;
	}
	return client && (!scope->has_client || prefix_parse(slice_of(client), &scope->client));
}

/* All codes of the daemon, the caller's; NULL where none of this configuration runs. */
static json_t *
ask_overrides(struct ctl *ctl)
{
	json_t *answer = NULL, *list = NULL;
	int status;

	if (daemon_is_running(ctl, &status) &&
		daemon_ask(ctl, json_pack("{s:s,s:s}", "command", "override", "action", "list"), TIMEOUT_MS,
			EX_UNAVAILABLE, NULL, NULL, &answer) == EX_OK)
		list = json_incref(json_object_get(answer, "overrides"));
	json_decref(answer);
	return list;
}

json_t *
explain_overrides_find(
	struct ctl *ctl, const struct policy_file *file, const struct facts *facts, const struct verdict *v)
{
	json_t *list, *found;
	const json_t *row;
	size_t i;

	if (!file->settings.conf->override.codes || v->verb != VERB_BLOCK || v->rule == NULL ||
		!rule_may_be_exempted(v->rule) || (list = ask_overrides(ctl)) == NULL)
		return NULL;
	found = json_array();
	json_array_foreach(list, i, row)
	{
		struct override_scope scope;

		if (read_scope(row, &scope) && override_covers_rule(&scope, file->policy, v->rule, v->category) &&
			override_covers_client(&scope, file->policy, facts))
			json_array_append(found, (json_t *)(uintptr_t)row);
	}
	json_decref(list);
	if (json_array_size(found))
		return found;
	json_decref(found);
	return NULL;
}

void
explain_overrides_print(struct ctl *ctl, const json_t *overrides)
{
	const json_t *row;
	size_t i;

	json_array_foreach(overrides, i, row)
	{
		json_int_t left = json_integer_value(json_object_get(row, "uses")) -
				  json_integer_value(json_object_get(row, "used"));
		json_int_t granted = json_integer_value(json_object_get(row, "granted"));
		json_int_t id = json_integer_value(json_object_get(row, "id"));

		fprintf(ctl->out,
			"override: %lld covers this (%lld uses left, %lld granted now); see --override %lld\n",
			(long long)id, (long long)left, (long long)granted, (long long)id);
	}
}

int
explain_override_enter(struct ctl *ctl, uint64_t id, const struct policy_file *file, const struct facts *facts,
	struct entered_override *e)
{
	json_t *list;
	const json_t *row;
	size_t i;

	if (!file->settings.conf->override.codes)
		return ctl_fail(ctl, EX_DATAERR, "say override { codes yes } where codes are to hold",
			"this configuration takes no override codes");
	list = ask_overrides(ctl);
	if (list == NULL)
		return ctl_fail(ctl, EX_UNAVAILABLE, "start sluiced, or name its configuration with -c",
			"no daemon of this configuration runs that could have an override");
	*e = (struct entered_override){.exemption = {exempts}, .policy = file->policy, .facts = facts};
	json_array_foreach(list, i, row)
	{
		if ((uint64_t)json_integer_value(json_object_get(row, "id")) == id && read_scope(row, &e->scope))
			e->id = (uint32_t)id;
	}
	json_decref(list);
	return e->id ? EX_OK
		     : ctl_fail(ctl, EX_DATAERR, "see sluicectl override list", "the daemon has no override %llu",
			       (unsigned long long)id);
}
