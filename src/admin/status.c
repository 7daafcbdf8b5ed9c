/* Status and flows as JSON.  See status.h. */
#include "admin/status.h"

#include "record/json.h"

#include <stdio.h>
#include <unistd.h>

#define TEXT_MAX 4096

/* What comes from the wire may be no UTF-8, which jansson would refuse: the record's writer mends it. */
static json_t *
mended(struct slice text)
{
	struct buffer b = buffer_make(TEXT_MAX * 6 + 2);
	struct json j;
	json_t *value = NULL;

	json_begin(&j, &b);
	json_text(&j, SLICE_EMPTY, slice_sub(text, 0, TEXT_MAX));
	if (json_end(&j))
		value = json_loadb(b.data + b.head, buffer_len(&b), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	buffer_release(&b);
	return value;
}

static json_t *
number(uint64_t value)
{
	return json_integer((json_int_t)(value <= INT64_MAX ? value : INT64_MAX));
}

static json_t *
address(const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	return json_string(endpoint_format(e, text));
}

static json_t *
processes_to_json(const struct status *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->process_count; i++) {
		const struct status_process *p = &s->processes[i];

		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:i, s:o, s:o}", "role", p->role, "pid",
						    (int)p->pid, "state", p->state, "restarts", (int)p->restarts,
						    "cpu_ns", number(p->cpu_ns), "rss_bytes", number(p->rss_bytes)));
	}
	return list;
}

json_t *
status_to_json(const struct status *s)
{
	json_t *counters = json_object();

	for (size_t i = 0; i < s->counter_count; i++)
		json_object_set_new(counters, s->counters[i].name, number(s->counters[i].value));
	return json_pack("{s:s, s:o, s:i, s:s, s:s, s:s, s:b, s:s?, s:o, s:o, s:o}", "version", s->version, "uptime_ns",
		number(s->uptime_ns), "generation", (int)s->generation, "configuration", s->conf_path, "steer",
		s->steer, "on_failure", s->on_failure, "rules_installed", s->rules_installed, "ca_fingerprint",
		s->ca_fingerprint, "ca_expires_ns", number(s->ca_expires_ns), "processes", processes_to_json(s),
		"counters", counters);
}

json_t *
status_flow_to_json(const struct status_flow *f)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "session", number(f->session),
		"started_ns", number(f->started_ns), "client", address(&f->client), "origin", address(&f->origin),
		"site", mended(f->site), "protocol", mended(f->protocol), "action", mended(f->action), "step",
		mended(f->step), "rule", mended(f->rule), "exchanges", number(f->exchanges), "client_bytes",
		number(f->client_bytes), "origin_bytes", number(f->origin_bytes));
}

bool
status_read_process(pid_t pid, struct status_process *p)
{
	unsigned long long user, system;
	char path[64], text[1024];
	const char *after;
	long pages;
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	n = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[n] = '\0';
	/* The name, in parentheses, may hold anything: go on after the last one (proc(5)). */
	after = strrchr(text, ')');
	if (after == NULL || sscanf(after + 1,
				     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
				     "%*u %*u %ld",
				     &user, &system, &pages) != 3)
		return false;
	p->cpu_ns = (user + system) * (1000000000u / (unsigned long long)sysconf(_SC_CLK_TCK));
	p->rss_bytes = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return true;
}
