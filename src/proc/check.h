/* `sluiced -t`: the whole configuration as the worker would take it, with what each rule costs.  Says every mistake
 * with file, line, column and remedy. */
#ifndef SLUICE_PROC_CHECK_H
#define SLUICE_PROC_CHECK_H

#include "base/buffer.h"
#include "base/diag.h"

/* Writes problems (and, where all is well, the table of rules) to the terminal.  EX_OK, or 1. */
int check_configuration(const char *path);
/* One line each. */
void check_write_problems(const struct problems *problems, struct buffer *out);

#endif
