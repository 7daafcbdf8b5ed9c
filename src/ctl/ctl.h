/* sluicectl's frame: what every command is given, the table of commands, and how they speak and fail.  A command is a
 * row: its name, its options (option.h) and a function that returns an exit status of sysexits(3). */
#ifndef SLUICE_CTL_CTL_H
#define SLUICE_CTL_CTL_H

#include "ctl/option.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sysexits.h>

struct ctl_command;

struct ctl {
	const char *conf_path;
	bool json;
	bool wants_help;
	FILE *out;
	FILE *err;
	bool colour;                       /* out is a terminal that shows colours */
	uint64_t now_ns;                   /* since 1970, at the start */
	const struct ctl_command *command; /* the one that runs */
};

struct ctl_command {
	const char *name;
	const char *operands; /* "show|install|remove"; "" for none */
	const char *summary;  /* one line */
	const char *help;     /* more, for `sluicectl help NAME`; may be "" */
	const struct ctl_option *options;
	size_t option_count;
	bool has_filter; /* also takes the options of filter.h */
	int (*run)(struct ctl *ctl, int argc, char **argv);
};

/* commands.c: in the order of `sluicectl help`. */
extern const struct ctl_command *const ctl_commands[];
extern const size_t ctl_command_count;
/* The options that every command takes, into struct ctl. */
extern const struct ctl_option ctl_common_options[];
extern const size_t ctl_common_option_count;

/* The whole program: argv as main() has it; returns the exit status. */
int ctl_main(int argc, char **argv, FILE *out, FILE *err);
/* Says "sluicectl: what; remedy" on err and returns status.  remedy may be NULL. */
int ctl_fail(const struct ctl *ctl, int status, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for a wrong use of the command that runs: the remedy is its usage. */
int ctl_fail_usage(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "  NAME OPERANDS [options]" and all its options with their help. */
void ctl_print_help(FILE *to, const struct ctl_command *command);

#endif
