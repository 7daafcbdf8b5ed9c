/* sluicectl status: how the daemon and its processes fare.  The daemon tells what it knows; what the machine and the
 * CA's folder tell is added here. */
#include "ctl/ca_folder.h"
#include "ctl/daemon.h"
#include "ctl/json_view.h"
#include "ctl/settings.h"

#include <string.h>
#include <unistd.h>

extern const struct ctl_command cmd_status;

#define TIMEOUT_MS 5000

/* CPU time and resident memory of a process, from /proc; false where it is gone, or hidden. */
static bool
read_usage(json_int_t pid, json_int_t *cpu_ms, json_int_t *rss_bytes)
{
	unsigned long long user, system;
	char path[64], text[1024];
	const char *after;
	long pages;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	/* The name, in parentheses, may hold anything: go on after the last one (proc(5)). */
	after = strrchr(text, ')');
	if (after == NULL || sscanf(after + 1,
				     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
				     "%*u %*u %ld",
				     &user, &system, &pages) != 3)
		return false;
	*cpu_ms = (json_int_t)((user + system) * 1000 / (unsigned long long)sysconf(_SC_CLK_TCK));
	*rss_bytes = (json_int_t)pages * sysconf(_SC_PAGESIZE);
	return true;
}

static void
add_usage(json_t *status)
{
	json_t *process;
	size_t i;

	json_array_foreach(json_object_get(status, "processes"), i, process)
	{
		json_int_t cpu_ms, rss_bytes;

		if (!read_usage(json_integer_value(json_object_get(process, "pid")), &cpu_ms, &rss_bytes))
			continue;
		json_object_set_new(process, "cpu_ms", json_integer(cpu_ms));
		json_object_set_new(process, "memory_bytes", json_integer(rss_bytes));
	}
}

/* The CA that signs, where its folder may be read. */
static void
add_ca(struct ctl *ctl, json_t *status)
{
	struct settings settings;
	struct ca_folder folder;

	if (settings_load(ctl, &settings) == EX_OK && ca_folder_open(&folder, settings.conf->state_dir, ctl->now_ns)) {
		json_object_set_new(status, "ca", ca_folder_describe(&folder.exported[0]));
		ca_folder_close(&folder);
	}
	settings_release(&settings);
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
	add_usage(status);
	add_ca(ctl, status);
	json_view_print(ctl, status);
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
