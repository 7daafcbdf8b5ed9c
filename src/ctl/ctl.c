/* The frame of sluicectl.  See ctl.h. */
#include "ctl/ctl.h"

#include "base/clock.h"
#include "config.h"
#include "ctl/filter.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#define DEFAULT_CONF SYSCONFDIR "/sluice/sluice.conf"

const struct ctl_option ctl_common_options[] = {
	{"config", 'c', OPTION_TEXT, offsetof(struct ctl, conf_path), "FILE", "the daemon's configuration"},
	{"json", 0, OPTION_FLAG, offsetof(struct ctl, json), NULL, "answer in JSON"},
	{"help", 'h', OPTION_FLAG, offsetof(struct ctl, wants_help), NULL, "show this help"},
};
const size_t ctl_common_option_count = sizeof ctl_common_options / sizeof ctl_common_options[0];

static void
say(FILE *to, const char *remedy, const char *format, va_list args)
{
	fputs("sluicectl: ", to);
	vfprintf(to, format, args);
	fprintf(to, "%s%s\n", remedy ? "; " : "", remedy ? remedy : "");
}

int
ctl_fail(const struct ctl *ctl, int status, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(ctl->err, remedy, format, args);
	va_end(args);
	return status;
}

int
ctl_fail_usage(const struct ctl *ctl, const char *format, ...)
{
	char remedy[256];
	va_list args;

	snprintf(remedy, sizeof remedy, "try: sluicectl help%s%s", ctl->command ? " " : "",
		ctl->command ? ctl->command->name : "");
	va_start(args, format);
	say(ctl->err, remedy, format, args);
	va_end(args);
	return EX_USAGE;
}

static void
print_option(FILE *to, const struct ctl_option *o)
{
	char letter[8] = "", name[64];

	if (o->letter)
		snprintf(letter, sizeof letter, "-%c, ", o->letter);
	snprintf(name, sizeof name, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
	fprintf(to, "  %4s%-26s %s\n", letter, name, o->help);
}

void
ctl_print_help(FILE *to, const struct ctl_command *command)
{
	fprintf(to, "usage: sluicectl %s%s%s%s\n\n%s.\n", command->name, command->operands[0] ? " " : "",
		command->operands, command->option_count || command->has_filter ? " [options]" : "", command->summary);
	if (command->help[0])
		fprintf(to, "%s\n", command->help);
	if (command->option_count)
		fputs("\noptions:\n", to);
	for (size_t i = 0; i < command->option_count; i++)
		print_option(to, &command->options[i]);
	if (command->has_filter)
		fputs("\nonly records\n", to);
	for (size_t i = 0; command->has_filter && i < filter_option_count; i++)
		print_option(to, &filter_options[i]);
	fputs("\neverywhere:\n", to);
	for (size_t i = 0; i < ctl_common_option_count; i++)
		print_option(to, &ctl_common_options[i]);
}

static const struct ctl_command *
find_command(const char *name)
{
	for (size_t i = 0; i < ctl_command_count; i++) {
		if (strcmp(ctl_commands[i]->name, name) == 0)
			return ctl_commands[i];
	}
	return NULL;
}

static void
print_commands(FILE *to)
{
	fputs("usage: sluicectl [-c FILE] [--json] COMMAND [...]\n\n", to);
	for (size_t i = 0; i < ctl_command_count; i++)
		fprintf(to, "  %-10s %s\n", ctl_commands[i]->name, ctl_commands[i]->summary);
	fputs("\nsluicectl help COMMAND tells more.\n", to);
}

static int
run_help(struct ctl *ctl, const char *name)
{
	const struct ctl_command *command = name ? find_command(name) : NULL;

	if (name && command == NULL)
		return ctl_fail_usage(ctl, "there is no command \"%s\"", name);
	if (command)
		ctl_print_help(ctl->out, command);
	else
		print_commands(ctl->out);
	return EX_OK;
}

static bool
shows_colour(FILE *out)
{
	const char *term = getenv("TERM");

	return isatty(fileno(out)) && getenv("NO_COLOR") == NULL && term && strcmp(term, "dumb") != 0;
}

/* The options before the command's name; returns the name's place, or 0 with *status set. */
static int
leading_options(struct ctl *ctl, int argc, char **argv, int *status)
{
	int at = 1;

	*status = EX_OK;
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "--json") == 0) {
			ctl->json = true;
		} else if (strcmp(argv[at], "-h") == 0 || strcmp(argv[at], "--help") == 0) {
			*status = run_help(ctl, NULL);
			return 0;
		} else if (strcmp(argv[at], "-V") == 0 || strcmp(argv[at], "--version") == 0) {
			fprintf(ctl->out, "sluicectl %s\n", PACKAGE_VERSION);
			return 0;
		} else if ((strcmp(argv[at], "-c") == 0 || strcmp(argv[at], "--config") == 0) && at + 1 < argc) {
			ctl->conf_path = argv[++at];
		} else if (strncmp(argv[at], "--config=", 9) == 0) {
			ctl->conf_path = argv[at] + 9;
		} else {
			*status = ctl_fail_usage(ctl, "unknown option, or one without its value: %s", argv[at]);
			return 0;
		}
	}
	if (at == argc) {
		print_commands(ctl->err);
		*status = EX_USAGE;
		return 0;
	}
	return at;
}

int
ctl_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct ctl ctl = {
		.conf_path = DEFAULT_CONF,
		.out = out,
		.err = err,
		.colour = shows_colour(out),
		.now_ns = clock_realtime_ns(),
	};
	int status;
	int at = leading_options(&ctl, argc, argv, &status);

	if (at == 0)
		return status;
	if (strcmp(argv[at], "help") == 0)
		return run_help(&ctl, argv[at + 1]);
	ctl.command = find_command(argv[at]);
	if (ctl.command == NULL)
		return ctl_fail_usage(&ctl, "there is no command \"%s\"", argv[at]);
	status = ctl.command->run(&ctl, argc - at, argv + at);
	if (fflush(out) != 0 && status == EX_OK)
		status = EX_IOERR;
	return status;
}
