/* sluicectl flows: the sessions that are open now. */
#include "ctl/daemon.h"
#include "ctl/json_view.h"

#include <string.h>

extern const struct ctl_command cmd_flows;

#define TIMEOUT_MS 5000

struct options {
	struct option_prefix client;
	const char *site;
	struct option_where where;
};

static const struct ctl_option rows[] = {
	{"client", 0, OPTION_PREFIX, offsetof(struct options, client), "ADDRESS[/BITS]", "of this client or network"},
	{"site", 0, OPTION_TEXT, offsetof(struct options, site), "TEXT", "whose host contains this text"},
	{"where", 0, OPTION_WHERE, offsetof(struct options, where), "COLUMN=VALUE",
		"with this value in a column, named as --json names it; may be repeated"},
};

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool
is_wanted(const struct options *o, const json_t *flow)
{
	struct endpoint client;

	if (o->client.is_set && !(endpoint_parse(slice_of(text_of(flow, "client")), &client) &&
					prefix_contains(&o->client.prefix, &client.addr)))
		return false;
	if (o->site && strstr(text_of(flow, "site"), o->site) == NULL)
		return false;
	for (size_t i = 0; i < o->where.count; i++) {
		char key[64];

		if (!slice_to_cstr(o->where.keys[i], key, sizeof key) ||
			!slice_eq(slice_of(text_of(flow, key)), o->where.values[i]))
			return false;
	}
	return true;
}

/* Leaves only what is wanted in the list. */
static void
keep_wanted(json_t *flows, const struct options *o)
{
	for (size_t i = json_array_size(flows); i > 0; i--) {
		if (!is_wanted(o, json_array_get(flows, i - 1)))
			json_array_remove(flows, i - 1);
	}
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	json_t *result = NULL, *flows;
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	if (first < argc)
		return ctl_fail_usage(ctl, "flows takes no operands");
	status = daemon_ask(
		ctl, json_pack("{s:s}", "command", "flows"), TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, &result);
	if (status != EX_OK)
		return status;
	flows = json_object_get(result, "flows");
	keep_wanted(flows, &options);
	if (ctl->json)
		json_view_dump(ctl, flows);
	else
		json_view_print_table(ctl, flows);
	json_decref(result);
	return EX_OK;
}

const struct ctl_command cmd_flows = {
	.name = "flows",
	.operands = "",
	.summary = "Show the sessions that are open now",
	.help = "",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};
