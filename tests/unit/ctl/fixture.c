/* sluicectl in the test's own process.  See fixture.h. */
#include "fixture.h"

#include "base/buffer.h"
#include "ctl/ctl.h"
#include "record/format.h"
#include "record/text.h"

#include <unistd.h>

#define ARGUMENTS_MAX 32

char fixture_folder[64];

const char *
fixture_path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", fixture_folder, name);
	return path;
}

void
fixture_write(const char *name, const char *text)
{
	FILE *file = fopen(fixture_path(name), "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

void
fixture_make(void)
{
	char text[512];

	strcpy(fixture_folder, "/tmp/sluice-ctl-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture_folder));
	snprintf(text, sizeof text, "state_dir %s\nlog_dir %s\nrun_dir %s\npolicy { inspect everyone any }\n",
		fixture_folder, fixture_folder, fixture_folder);
	fixture_write("sluice.conf", text);
}

void
fixture_remove(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", fixture_folder);
	ck_assert_int_eq(system(command), 0);
}

const char *
fixture_record(const char *time, const char *client, const char *action, const char *domain, unsigned status)
{
	static char line[2048];
	char url[256];
	struct buffer b = buffer_make(sizeof line - 1);
	struct record r = {.kind = RECORD_EXCHANGE, .status = status, .domain = slice_of(domain)};

	snprintf(url, sizeof url, "http://%s/path", domain);
	r.url = slice_of(url);
	r.method = SLICE("GET");
	r.mime_type = SLICE("text/html");
	r.rule_id = SLICE("policy:7");
	ck_assert(text_read_time(slice_of(time), &r.started_ns));
	ck_assert(addr_parse(slice_of(client), &r.client.addr));
	while (strcmp(record_action_names[r.action], action) != 0)
		r.action++;
	ck_assert(ecs_render(&r, RECORD_URLS_FULL, &b));
	memcpy(line, b.data + b.head, buffer_len(&b));
	line[buffer_len(&b)] = '\0';
	buffer_release(&b);
	return line;
}

struct ctl_run
ctl_run(const char *arguments)
{
	char conf[128], *copy = strdup(arguments), *rest = copy, *word;
	char *argv[ARGUMENTS_MAX + 4] = {"sluicectl", "-c", conf};
	struct ctl_run r = {0};
	size_t out_size, err_size;
	FILE *out = open_memstream(&r.out, &out_size), *err = open_memstream(&r.err, &err_size);
	int argc = 3;

	snprintf(conf, sizeof conf, "%s", fixture_path("sluice.conf"));
	while (argc < ARGUMENTS_MAX && (word = strsep(&rest, " ")) != NULL) {
		if (*word)
			argv[argc++] = word;
	}
	r.status = ctl_main(argc, argv, out, err);
	fclose(out);
	fclose(err);
	free(copy);
	return r;
}

void
ctl_run_release(struct ctl_run *r)
{
	free(r->out);
	free(r->err);
}

void
assert_ctl(const char *arguments, int status, const char *out, const char *err)
{
	struct ctl_run r = ctl_run(arguments);

	ck_assert_msg(
		r.status == status, "%s: ended with %d, want %d\n%s%s", arguments, r.status, status, r.out, r.err);
	ck_assert_msg(out == NULL || strstr(r.out, out), "%s: no \"%s\" in\n%s", arguments, out, r.out);
	ck_assert_msg(err == NULL || strstr(r.err, err), "%s: no \"%s\" in\n%s", arguments, err, r.err);
	ctl_run_release(&r);
}
