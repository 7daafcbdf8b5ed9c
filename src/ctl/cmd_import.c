/* sluicectl import: another program's rules in our language, for a person to read and keep. */
#include "ctl/json_view.h"
#include "ctl/settings.h"
#include "policy/import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

extern const struct ctl_command cmd_import;

struct options {
	const char *from;
};

static const struct ctl_option rows[] = {
	{"from", 0, OPTION_TEXT, offsetof(struct options, from), "squid|squidguard",
		"whose file it is; found out from the text without"},
};

typedef bool importer(struct slice text, const char *file, struct buffer *out, struct problems *lost);

/* The whole file into `text`; an exit status. */
static int
read_file(struct ctl *ctl, const char *path, struct buffer *text)
{
	FILE *file = fopen(path, "re");
	char *to;
	size_t n;

	if (file == NULL)
		return ctl_fail(ctl, EX_NOINPUT, NULL, "%s: %s", path, strerror(errno));
	while ((to = buffer_reserve(text, 65536)) != NULL && (n = fread(to, 1, 65536, file)) > 0)
		buffer_commit(text, n);
	n = (size_t)ferror(file);
	fclose(file);
	if (to == NULL)
		return ctl_fail(ctl, EX_DATAERR, "split it", "%s: longer than %u MiB", path, IMPORT_MAX >> 20);
	if (n)
		return ctl_fail(ctl, EX_IOERR, NULL, "%s: it cannot be read to its end", path);
	return EX_OK;
}

static void
print_json(struct ctl *ctl, struct slice text, const struct problems *lost)
{
	json_t *lines = json_array(), *answer;
	char line[2048];

	for (size_t i = 0; i < lost->count; i++) {
		problem_format(&lost->items[i], line, sizeof line);
		json_array_append_new(lines, json_string(line));
	}
	answer = json_pack("{s:s#, s:o}", "configuration", text.ptr, (int)text.len, "lost", lines);
	if (answer)
		json_view_dump(ctl, answer);
	json_decref(answer);
}

static int
import(struct ctl *ctl, const char *path, importer *from)
{
	struct buffer text = buffer_make(IMPORT_MAX + 65536), out = buffer_make(IMPORT_MAX);
	struct problems lost = {0};
	int status = read_file(ctl, path, &text);

	if (status != EX_OK)
		goto out;
	if (from == NULL)
		from = import_is_squidguard(buffer_slice(&text)) ? import_squidguard : import_squid;
	if (!from(buffer_slice(&text), path, &out, &lost)) {
		status = ctl_fail(ctl, EX_DATAERR, "split it", "%s: its translation is longer than %u MiB", path,
			IMPORT_MAX >> 20);
		goto out;
	}
	if (ctl->json) {
		print_json(ctl, buffer_slice(&out), &lost);
	} else {
		fwrite(buffer_slice(&out).ptr, 1, buffer_len(&out), ctl->out);
		settings_print_problems(ctl->err, &lost);
	}
	if (lost.count)
		fprintf(ctl->err, "sluicectl: %zu lines were not carried over\n", lost.count + lost.lost);
out:
	problems_release(&lost);
	buffer_release(&out);
	buffer_release(&text);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	static const struct {
		const char *name;
		importer *from;
	} importers[] = {{"squid", import_squid}, {"squidguard", import_squidguard}};
	struct options options = {0};
	importer *from = NULL;
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	if (first + 1 != argc)
		return ctl_fail_usage(ctl, "import wants one file");
	for (size_t i = 0; options.from && i < sizeof importers / sizeof importers[0]; i++) {
		if (strcmp(options.from, importers[i].name) == 0)
			from = importers[i].from;
	}
	if (options.from && from == NULL)
		return ctl_fail_usage(ctl, "--from is squid or squidguard");
	return import(ctl, argv[first], from);
}

const struct ctl_command cmd_import = {
	.name = "import",
	.operands = "FILE",
	.summary = "Translate a squid.conf or squidGuard.conf into rules of ours",
	.help = "The rules are printed, and each line that could not be carried over is named with why.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};
