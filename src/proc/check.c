/* `sluiced -t`.  See check.h. */
#include "proc/check.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "ipc/bundle.h"
#include "policy/lint.h"
#include "policy/user_table.h"
#include "proc/gather.h"
#include "proxy/generation.h"
#include "tls/context.h"

void
check_write_problems(const struct problems *problems, struct buffer *out)
{
	for (size_t i = 0; i < problems->count; i++) {
		char line[2048];

		problem_format(&problems->items[i], line, sizeof line);
		buffer_printf(out, "%s\n", line);
	}
}

/* Builds the generation exactly as the worker does, from the very files that it would get. */
static struct generation *
build(const struct gathered *g, struct problems *problems)
{
	struct generation *generation = NULL;
	struct bundle bundle;
	int fd, table;

	if (!gather_bundle(g, SLICE_EMPTY, &fd, &table, problems))
		return NULL;
	if (bundle_open(&bundle, fd) == 0) {
		generation = generation_build(1, &bundle, table, NULL, problems);
		bundle_close(&bundle);
	}
	close(fd);
	if (table >= 0)
		close(table);
	return generation;
}

/* For each rule when it is decided, and what it makes the proxy hold. */
static void
print_rules(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		struct lint_row row;
		char line[1024];

		lint_row_of(&policy->rules[i], &row);
		printf("%s\n", lint_row_format(&row, line, sizeof line));
	}
}

/* The files of users as they are now: their mistakes are warnings, as other systems write them. */
static void
check_users(const struct conf *conf, struct problems *problems)
{
	const struct conf_texts *paths = &conf->clients.users;
	struct conf_sources files = {0};

	for (size_t i = 0; i < paths->count; i++)
		if (!conf_load_file(paths->items[i], &files))
			problems_add(problems, true, paths->items[i], 0, 0, "it is looked for each second",
				"the file of users cannot be read now");
	user_table_release(user_table_build(files.items, files.count, problems));
	conf_sources_release(&files);
}

int
check_configuration(const char *path)
{
	struct problems problems = {0};
	struct gathered g;
	struct generation *generation = NULL;
	struct buffer text = buffer_make(1 << 20);
	bool is_good;

	if (tls_library_init() && gather_configuration(path, &g, &problems)) {
		generation = build(&g, &problems);
		gathered_release(&g);
	}
	if (generation) {
		check_users(generation->conf, &problems);
		policy_lint(generation->policy, generation->conf, &problems);
	}
	is_good = generation != NULL && problems.errors == 0;
	check_write_problems(&problems, &text);
	fwrite(buffer_slice(&text).ptr, 1, buffer_len(&text), stderr);
	buffer_clear(&text);
	if (is_good) {
		print_rules(generation->policy);
		printf("%s: the configuration is good\n", path);
	}
	buffer_release(&text);
	problems_release(&problems);
	generation_release(generation);
	return is_good ? EX_OK : 1;
}
