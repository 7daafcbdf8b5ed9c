/* Text for people: safe for a terminal whatever traffic put into it, in colours where they show, in aligned columns. */
#ifndef SLUICE_CTL_TERMINAL_H
#define SLUICE_CTL_TERMINAL_H

#include "base/slice.h"

#include <stdio.h>

enum terminal_colour { TERMINAL_PLAIN, TERMINAL_BOLD, TERMINAL_DIM, TERMINAL_RED, TERMINAL_GREEN, TERMINAL_YELLOW };

/* Prints the text; control characters, marks that turn the direction of writing, and what is no UTF-8 become U+FFFD. */
void terminal_put(FILE *to, struct slice text);
/* The same in a colour; `colour` says whether colours show at all. */
void terminal_put_coloured(FILE *to, bool shows, enum terminal_colour colour, struct slice text);

/* Rows of cells, printed in columns as wide as their widest cell. */
#define GRID_COLUMNS_MAX 16

struct grid {
	char **cells; /* owned, each */
	size_t count;
	size_t columns;
	unsigned right; /* a bit for each column that is aligned to the right */
	bool failed;    /* memory was out; the row is missing */
};

/* The titles are the first row. */
void grid_init(struct grid *g, const char *const *titles, size_t columns, unsigned right);
/* Adds the next cell, row after row. */
void grid_add(struct grid *g, struct slice text);
void grid_printf(struct grid *g, const char *format, ...) __attribute__((format(printf, 2, 3)));
void grid_print(const struct grid *g, FILE *to, bool shows_colour);
void grid_release(struct grid *g);

/* "3 d 4 h", "12.3 s", "850 µs": two units at most; returns dst. */
const char *terminal_duration(uint64_t ns, char dst[32]);
/* "12.3 MiB"; returns dst. */
const char *terminal_bytes(uint64_t bytes, char dst[32]);
/* "2026-11-21 09:52:27" in local time; returns dst. */
const char *terminal_time(uint64_t realtime_ns, char dst[32]);

#endif
