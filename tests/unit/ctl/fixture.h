/* sluicectl in the test's own process: a folder with a configuration and records, the program's whole main function,
 * and what it printed. */
#ifndef SLUICE_TESTS_UNIT_CTL_FIXTURE_H
#define SLUICE_TESTS_UNIT_CTL_FIXTURE_H

#include "unit.h"

#include <stddef.h>

struct ctl_run {
	int status;
	char *out; /* owned */
	char *err; /* owned */
};

/* A folder in /tmp with sluice.conf; its path is fixture_folder. */
extern char fixture_folder[64];
void fixture_make(void);
void fixture_remove(void);
/* The path of a file in the folder; valid until the fourth call after. */
const char *fixture_path(const char *name);
void fixture_write(const char *name, const char *text);
/* One line of records with a few values, with its line feed; borrowed until the next call. */
const char *fixture_record(
	const char *time, const char *client, const char *action, const char *domain, unsigned status);
/* Runs `sluicectl -c FOLDER/sluice.conf ARGUMENTS`, the arguments divided by spaces. */
struct ctl_run ctl_run(const char *arguments);
void ctl_run_release(struct ctl_run *r);
/* Runs it, checks its exit status, and that its output holds the text (NULL: any). */
void assert_ctl(const char *arguments, int status, const char *out, const char *err);

#endif
