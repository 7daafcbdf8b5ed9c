/* sluicectl flows: the sessions that are open now. */
#include "ctl/daemon.h"
#include "ctl/terminal.h"

#include "base/addr.h"

extern const struct ctl_command cmd_flows;

#define TIMEOUT_MS 5000

struct options {
	struct option_prefix client;
	const char *site;
	const char *verb;
};

static const struct ctl_option rows[] = {
	{"client", 0, OPTION_PREFIX, offsetof(struct options, client), "ADDRESS[/BITS]", "of this client or network"},
	{"site", 0, OPTION_TEXT, offsetof(struct options, site), "TEXT", "whose host contains this text"},
	{"verb", 0, OPTION_TEXT, offsetof(struct options, verb), "VERB", "pass, inspect or block"},
};

struct listing {
	const struct options *options;
	json_t *kept; /* owned: an array */
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
	return o->verb == NULL || strcmp(text_of(flow, "action"), o->verb) == 0;
}

static bool
on_item(void *context, json_t *item)
{
	struct listing *l = context;

	if (is_wanted(l->options, item))
		json_array_append(l->kept, item);
	return true;
}

static void
print_flows(struct ctl *ctl, const json_t *flows)
{
	static const char *const titles[] = {
		"SESSION", "AGE", "CLIENT", "ORIGIN", "SITE", "PROTOCOL", "VERB", "STEP", "REQUESTS", "UP", "DOWN"};
	struct grid g;
	json_t *f;
	size_t i;

	grid_init(&g, titles, 11, 1 << 0 | 1 << 1 | 1 << 8 | 1 << 9 | 1 << 10);
	json_array_foreach(flows, i, f)
	{
		uint64_t started = (uint64_t)json_integer_value(json_object_get(f, "started_ns"));
		char text[32];

		grid_printf(&g, "%lld", (long long)json_integer_value(json_object_get(f, "session")));
		grid_add(&g, slice_of(terminal_duration(ctl->now_ns > started ? ctl->now_ns - started : 0, text)));
		grid_add(&g, slice_of(text_of(f, "client")));
		grid_add(&g, slice_of(text_of(f, "origin")));
		grid_add(&g, slice_of(text_of(f, "site")));
		grid_add(&g, slice_of(text_of(f, "protocol")));
		grid_add(&g, slice_of(text_of(f, "action")));
		grid_add(&g, slice_of(text_of(f, "step")));
		grid_printf(&g, "%lld", (long long)json_integer_value(json_object_get(f, "exchanges")));
		grid_add(&g, slice_of(terminal_bytes(
				     (uint64_t)json_integer_value(json_object_get(f, "client_bytes")), text)));
		grid_add(&g, slice_of(terminal_bytes(
				     (uint64_t)json_integer_value(json_object_get(f, "origin_bytes")), text)));
	}
	grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	struct listing listing = {&options, NULL};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	if (first < argc)
		return ctl_fail_usage(ctl, "flows takes no operands");
	listing.kept = json_array();
	status = daemon_ask(
		ctl, json_pack("{s:s}", "command", "flows"), TIMEOUT_MS, EX_UNAVAILABLE, on_item, &listing, NULL);
	if (status == EX_OK && ctl->json) {
		json_dumpf(listing.kept, ctl->out, JSON_INDENT(2));
		fputc('\n', ctl->out);
	} else if (status == EX_OK) {
		print_flows(ctl, listing.kept);
	}
	json_decref(listing.kept);
	return status;
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
