/* sluicectl override: codes that set a block aside, made, listed and revoked. */
#include "conf/value.h"
#include "ctl/action.h"
#include "ctl/daemon.h"
#include "ctl/json_view.h"
#include "ctl/policy_file.h"
#include "policy/evaluate.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct ctl_command cmd_override;

#define TIMEOUT_MS 5000
#define FOR_DEFAULT "30m"
#define EXPIRES_DEFAULT "24h"

struct options {
	const char *duration;
	const char *expires;
	struct option_count uses;
	struct option_prefix client;
	const char *group;
	const char *rule;
	const char *category;
	bool everywhere;
	const char *note;
};

static const struct ctl_option rows[] = {
	{"for", 0, OPTION_TEXT, offsetof(struct options, duration), "TIME",
		"new: how long it holds once it was entered (" FOR_DEFAULT ")"},
	{"uses", 0, OPTION_COUNT, offsetof(struct options, uses), "N", "new: how often it can be entered (1)"},
	{"expires", 0, OPTION_TEXT, offsetof(struct options, expires), "TIME",
		"new: until when, and what it granted ends then, too: from now on, such as 8h, or a date "
		"(" EXPIRES_DEFAULT ")"},
	{"client", 0, OPTION_PREFIX, offsetof(struct options, client), "ADDRESS[/BITS]",
		"new: for this client, or this network"},
	{"group", 0, OPTION_TEXT, offsetof(struct options, group), "NAME", "new: for the members of this group"},
	{"rule", 0, OPTION_TEXT, offsetof(struct options, rule), "ID", "new: against this rule, as records call it"},
	{"category", 0, OPTION_TEXT, offsetof(struct options, category), "NAME",
		"new: against rules that this category made true"},
	{"everywhere", 0, OPTION_FLAG, offsetof(struct options, everywhere), NULL,
		"new: not only at the site where it was entered"},
	{"note", 0, OPTION_TEXT, offsetof(struct options, note), "TEXT", "new: what it is for; in list and in the log"},
};

static json_t *
request_for(const char *action)
{
	return json_pack("{s:s,s:s,s:s*}", "command", "override", "action", action, "sudo_user", getenv("SUDO_USER"));
}

/* ---- new ---- */

static const struct rule *
find_rule(const struct policy *policy, const char *id)
{
	for (size_t i = 0; i < policy->rule_count; i++)
		if (slice_eq(policy->rules[i].id, slice_of(id)))
			return &policy->rules[i];
	return NULL;
}

/* Names that the configuration does not have are mistakes: the code would never open anything. */
static int
check_names(struct ctl *ctl, const struct options *o)
{
	struct policy_file file = {0};
	int status = policy_file_load(ctl, ctl->conf_path, &file);
	const struct rule *rule;

	if (status != EX_OK)
		goto out;
	rule = o->rule ? find_rule(file.policy, o->rule) : NULL;
	if (o->group && groups_find(&file.policy->groups, slice_of(o->group)) < 0)
		status = ctl_fail(
			ctl, EX_DATAERR, "define it (group NAME { net ... })", "there is no group \"%s\"", o->group);
	else if (o->rule && rule == NULL)
		status = ctl_fail(ctl, EX_DATAERR, "records and block pages name it, such as sluice.conf:31",
			"there is no rule \"%s\"", o->rule);
	else if (rule && !rule_may_be_exempted(rule))
		status = ctl_fail(ctl, EX_DATAERR, NULL, "no code sets rule \"%s\" aside: it %s", o->rule,
			rule->is_no_override ? "has no_override" : "blocks nobody");
	else if (o->category && policy_name_find(&file.policy->names, NAME_CATEGORY, slice_of(o->category)) < 0)
		status = ctl_fail(ctl, EX_DATAERR, "sluicectl lists status names them", "there is no category \"%s\"",
			o->category);
out:
	policy_file_release(&file);
	return status;
}

/* A time from now on, or a date. */
static bool
read_expires(const struct ctl *ctl, const char *text, int64_t *seconds)
{
	uint64_t ns;

	if (conf_value_duration(slice_of(text), &ns))
		ns += ctl->now_ns;
	else if (!option_read_time(slice_of(text), ctl->now_ns, &ns))
		return false;
	*seconds = (int64_t)(ns / 1000000000u);
	return ns > ctl->now_ns;
}

static int
make(struct ctl *ctl, const struct options *o, const char *operand)
{
	const char *duration = o->duration ? o->duration : FOR_DEFAULT;
	char client[ADDR_TEXT_MAX + 4];
	json_t *request, *result = NULL;
	int64_t expires;
	uint64_t ns;
	int status;

	if (!conf_value_duration(slice_of(duration), &ns) || ns < 1000000000u)
		return ctl_fail_usage(ctl, "--for wants a time such as 30m");
	if (!read_expires(ctl, o->expires ? o->expires : EXPIRES_DEFAULT, &expires))
		return ctl_fail_usage(ctl, "--expires wants a time from now on, such as 8h, or a date in the future");
	if (o->uses.is_set && (o->uses.value < 1 || o->uses.value > 1000))
		return ctl_fail_usage(ctl, "--uses wants a number from 1 to 1000");
	status = o->group || o->rule || o->category ? check_names(ctl, o) : EX_OK;
	if (status != EX_OK)
		return status;
	request = request_for("new");
	if (o->client.is_set)
		json_object_set_new(request, "client", json_string(prefix_format(&o->client.prefix, client)));
	json_object_update_new(request,
		json_pack("{s:I,s:I,s:I,s:b,s:s*,s:s*,s:s*,s:s*}", "seconds", (json_int_t)(ns / 1000000000u), "expires",
			(json_int_t)expires, "uses", (json_int_t)(o->uses.is_set ? o->uses.value : 1), "everywhere",
			o->everywhere, "group", o->group, "rule", o->rule, "category", o->category, "note", o->note));
	status = daemon_ask(ctl, request, TIMEOUT_MS, EX_DATAERR, NULL, NULL, &result);
	if (status != EX_OK)
		return status;
	if (ctl->json)
		json_view_dump(ctl, result);
	else
		fprintf(ctl->out, "%s\noverride %lld; the code is shown this once\n",
			json_string_value(json_object_get(result, "code")),
			(long long)json_integer_value(json_object_get(result, "id")));
	json_decref(result);
	return EX_OK;
}

/* ---- list ---- */

static json_t *
date(const json_t *row, const char *key)
{
	time_t seconds = (time_t)json_integer_value(json_object_get(row, key));
	char text[32] = "never";
	struct tm tm;

	if (seconds && localtime_r(&seconds, &tm))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M", &tm);
	return json_string(text);
}

static const char *
text_of(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	return text ? text : "";
}

/* "client 10.1.0.7, rule games, everywhere" */
static json_t *
scope_of(const json_t *row)
{
	static const char *const keys[] = {"client", "group", "rule", "category"};
	char text[1024] = "";
	size_t n = 0;

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const char *value = text_of(row, keys[i]);

		if (*value && strcmp(value, "any") != 0 && n < sizeof text)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s %s", n ? ", " : "", keys[i], value);
	}
	if (json_is_true(json_object_get(row, "everywhere")) && n < sizeof text)
		snprintf(text + n, sizeof text - n, "%severywhere", n ? ", " : "");
	return json_string(*text ? text : "any");
}

/* What people can read at a glance. */
static json_t *
short_rows(const json_t *list)
{
	json_t *all = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		char used[64];

		snprintf(used, sizeof used, "%lld of %lld", (long long)json_integer_value(json_object_get(row, "used")),
			(long long)json_integer_value(json_object_get(row, "uses")));
		json_array_append_new(
			all, json_pack("{s:O,s:O,s:o,s:o,s:O,s:s,s:o,s:O,s:o,s:O}", "id", json_object_get(row, "id"),
				     "by", json_object_get(row, "by"), "made", date(row, "made"), "expires",
				     date(row, "expires"), "for_seconds", json_object_get(row, "for_seconds"), "used",
				     used, "last", date(row, "last"), "granted", json_object_get(row, "granted"),
				     "covers", scope_of(row), "note", json_object_get(row, "note")));
	}
	return all;
}

static int
list(struct ctl *ctl, const struct options *o, const char *operand)
{
	json_t *result = NULL, *found, *few;
	int status = daemon_ask(ctl, request_for("list"), TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, &result);

	if (status != EX_OK)
		return status;
	found = json_object_get(result, "overrides");
	if (ctl->json) {
		json_view_dump(ctl, found);
	} else {
		few = short_rows(found);
		json_view_print_table(ctl, few);
		json_decref(few);
	}
	json_decref(result);
	return EX_OK;
}

static int
take_back(struct ctl *ctl, const struct options *o, const char *number)
{
	json_t *request, *result = NULL;
	uint64_t id;
	int status;

	if (!slice_to_u64(slice_of(number), &id) || id == 0 || id > UINT32_MAX)
		return ctl_fail_usage(ctl, "override revoke wants a number, as override list shows it");
	request = request_for("revoke");
	json_object_set_new(request, "id", json_integer((json_int_t)id));
	status = daemon_ask(ctl, request, TIMEOUT_MS, EX_DATAERR, NULL, NULL, &result);
	if (status == EX_OK && ctl->json)
		json_view_dump(ctl, result);
	json_decref(result);
	return status;
}

static const struct action {
	struct ctl_action action;
	int (*run)(struct ctl *ctl, const struct options *o, const char *operand);
} actions[] = {
	{{.name = "new"}, make},
	{{.name = "list", .is_default = true}, list},
	{{.name = "revoke", .least = 1, .most = 1, .takes = "the number of a code, as override list shows it"},
		take_back},
};

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);
	const struct action *action;

	if (status != EX_OK || first < 0)
		return status;
	action = CTL_ACTION_FIND(ctl, actions, argc - first, argv + first);
	return action ? action->run(ctl, &options, first + 1 < argc ? argv[first + 1] : NULL) : EX_USAGE;
}

const struct ctl_command cmd_override = {
	.name = "override",
	.operands = "new|list|revoke ID",
	.summary = "Make, show and revoke codes that set a block aside for a while",
	.help = "new prints a code, once. Who enters it on a block page is let past the rules that block, but for "
		"those "
		"with no_override: for a while, at that site, and each request has its record. Without options it "
		"covers every rule and every client. list shows all but the codes; revoke ends a code and what it "
		"granted.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};
