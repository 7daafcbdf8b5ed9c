/* sluicectl bypass: what is passed because it cannot be read, with the evidence; and the administrator's own. */
#include "conf/value.h"
#include "ctl/daemon.h"
#include "ctl/json_view.h"

#include <string.h>

extern const struct ctl_command cmd_bypass;

#define TIMEOUT_MS 5000

struct options {
	struct option_addr client;
	const char *duration;
	bool all;
};

static const struct ctl_option rows[] = {
	{"client", 0, OPTION_ADDR, offsetof(struct options, client), "ADDRESS", "of this client; of any without"},
	{"for", 0, OPTION_TEXT, offsetof(struct options, duration), "TIME",
		"pin: for how long, such as 8h; without end otherwise"},
	{"all", 0, OPTION_FLAG, offsetof(struct options, all), NULL, "forget: of all hosts"},
};

static int
ask(struct ctl *ctl, json_t *request, const struct options *o, const char *site, json_t **result)
{
	char client[ADDR_TEXT_MAX];

	if (o->client.is_set)
		json_object_set_new(request, "client", json_string(addr_format(&o->client.addr, client)));
	if (site)
		json_object_set_new(request, "site", json_string(site));
	return daemon_ask(ctl, request, TIMEOUT_MS, EX_DATAERR, NULL, NULL, result);
}

static json_t *
request_for(const char *action)
{
	return json_pack("{s:s,s:s}", "command", "bypass", "action", action);
}

/* Only those of the client and host that were asked for; and for people, only what they can read at a glance. */
static void
keep_wanted(const struct options *o, const char *site, json_t *list)
{
	for (size_t i = json_array_size(list); i > 0; i--) {
		const json_t *row = json_array_get(list, i - 1);
		const char *client = json_string_value(json_object_get(row, "client"));
		const char *of_site = json_string_value(json_object_get(row, "site"));
		char wanted[ADDR_TEXT_MAX];

		if ((o->client.is_set && client && strcmp(client, "any") != 0 &&
			    strcmp(client, addr_format(&o->client.addr, wanted)) != 0) ||
			(site && of_site && strcmp(site, of_site) != 0))
			json_array_remove(list, i - 1);
	}
}

static int
list(struct ctl *ctl, const struct options *o, const char *site)
{
	json_t *result = NULL, *found;
	int status = daemon_ask(ctl, request_for("list"), TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, &result);

	if (status != EX_OK)
		return status;
	found = json_object_get(result, "bypasses");
	keep_wanted(o, site, found);
	if (ctl->json)
		json_view_dump(ctl, found);
	else
		json_view_print_table(ctl, found);
	json_decref(result);
	return EX_OK;
}

static int
pin(struct ctl *ctl, const struct options *o, const char *site)
{
	json_t *request = request_for("pin"), *result = NULL;
	uint64_t ns;
	int status;

	if (o->duration && (!conf_value_duration(slice_of(o->duration), &ns) || ns < 1000000000u)) {
		json_decref(request);
		return ctl_fail_usage(ctl, "--for wants a time such as 8h");
	}
	if (o->duration)
		json_object_set_new(request, "seconds", json_integer((json_int_t)(ns / 1000000000u)));
	status = ask(ctl, request, o, site, &result);
	json_decref(result);
	return status;
}

static int
forget(struct ctl *ctl, const struct options *o, const char *site)
{
	json_t *result = NULL;
	int status = ask(ctl, request_for("forget"), o, site, &result);

	if (status != EX_OK)
		return status;
	if (ctl->json)
		json_view_dump(ctl, result);
	else
		fprintf(ctl->out, "forgotten: %lld\n",
			(long long)json_integer_value(json_object_get(result, "forgotten")));
	json_decref(result);
	return EX_OK;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {0};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);
	const char *action, *site;

	if (status != EX_OK || first < 0)
		return status;
	action = first < argc ? argv[first] : "list";
	site = first + 1 < argc ? argv[first + 1] : NULL;
	if (first + 2 < argc)
		return ctl_fail_usage(ctl, "one host at a time");
	if (strcmp(action, "list") == 0)
		return list(ctl, &options, site);
	if (strcmp(action, "pin") == 0 && site)
		return pin(ctl, &options, site);
	if (strcmp(action, "forget") == 0 && (site != NULL) != options.all)
		return forget(ctl, &options, site);
	return ctl_fail_usage(ctl, "bypass wants list, pin HOST, forget HOST or forget --all");
}

const struct ctl_command cmd_bypass = {
	.name = "bypass",
	.operands = "list|pin HOST|forget HOST",
	.summary = "Show and change what is passed because it cannot be read",
	.help = "list shows each with its evidence: who refused our certificate, for which host, by which alert of TLS "
		"and how "
		"often, or which origin demanded a certificate of the client; since when, and until when it is passed. "
		"pin "
		"passes a host from now on, where no rule forbids it, and outlives a restart; forget takes back what "
		"was "
		"pinned or learnt.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};
