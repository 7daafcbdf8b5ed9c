/* sluicectl status: how the daemon and its processes fare. */
#include "ctl/daemon.h"
#include "ctl/terminal.h"

extern const struct ctl_command cmd_status;

#define TIMEOUT_MS 5000

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static uint64_t
number_of(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));

	return value > 0 ? (uint64_t)value : 0;
}

static void
print_ca(struct ctl *ctl, const json_t *status)
{
	uint64_t expires = number_of(status, "ca_expires_ns");
	char until[32];

	fprintf(ctl->out, "CA        %s", text_of(status, "ca_fingerprint"));
	if (expires)
		fprintf(ctl->out, ", until %s", terminal_time(expires, until));
	if (expires && expires < ctl->now_ns + 30ull * 86400 * 1000000000)
		terminal_put_coloured(ctl->out, ctl->colour, TERMINAL_RED,
			expires < ctl->now_ns ? SLICE(" EXPIRED") : SLICE(" expires soon"));
	fputc('\n', ctl->out);
}

static void
print_processes(struct ctl *ctl, const json_t *processes)
{
	static const char *const titles[] = {"PROCESS", "PID", "STATE", "RESTARTS", "CPU", "MEMORY"};
	char cpu[32], rss[32];
	struct grid g;
	json_t *p;
	size_t i;

	grid_init(&g, titles, 6, 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5);
	json_array_foreach(processes, i, p)
	{
		grid_add(&g, slice_of(text_of(p, "role")));
		grid_printf(&g, "%llu", (unsigned long long)number_of(p, "pid"));
		grid_add(&g, slice_of(text_of(p, "state")));
		grid_printf(&g, "%llu", (unsigned long long)number_of(p, "restarts"));
		grid_add(&g, slice_of(terminal_duration(number_of(p, "cpu_ns"), cpu)));
		grid_add(&g, slice_of(terminal_bytes(number_of(p, "rss_bytes"), rss)));
	}
	grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

static void
print_counters(struct ctl *ctl, json_t *counters)
{
	static const char *const titles[] = {"COUNTER", "VALUE"};
	struct grid g;
	const char *key;
	json_t *value;

	grid_init(&g, titles, 2, 1 << 1);
	json_object_foreach(counters, key, value)
	{
		grid_add(&g, slice_of(key));
		grid_printf(&g, "%lld", (long long)json_integer_value(value));
	}
	grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

static void
print_status(struct ctl *ctl, const json_t *status)
{
	char up[32];

	fprintf(ctl->out, "sluice %s, up %s\n", text_of(status, "version"),
		terminal_duration(number_of(status, "uptime_ns"), up));
	fprintf(ctl->out, "settings  %s, generation %llu\n", text_of(status, "configuration"),
		(unsigned long long)number_of(status, "generation"));
	fprintf(ctl->out, "steering  %s, rules %s, on failure %s\n", text_of(status, "steer"),
		json_is_true(json_object_get(status, "rules_installed")) ? "installed" : "not installed",
		text_of(status, "on_failure"));
	print_ca(ctl, status);
	fputc('\n', ctl->out);
	print_processes(ctl, json_object_get(status, "processes"));
	fputc('\n', ctl->out);
	print_counters(ctl, json_object_get(status, "counters"));
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	json_t *status = NULL;
	int first, result = option_parse(ctl, argc, argv, NULL, NULL, &first);

	if (result != EX_OK || first < 0)
		return result;
	if (first < argc)
		return ctl_fail_usage(ctl, "status takes no operands");
	result = daemon_ask(
		ctl, json_pack("{s:s}", "command", "status"), TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, &status);
	if (result != EX_OK)
		return result;
	if (ctl->json) {
		json_dumpf(status, ctl->out, JSON_INDENT(2));
		fputc('\n', ctl->out);
	} else {
		print_status(ctl, status);
	}
	json_decref(status);
	return EX_OK;
}

const struct ctl_command cmd_status = {
	.name = "status",
	.operands = "",
	.summary = "Show how the daemon and its processes fare",
	.help = "",
	.run = run,
};
