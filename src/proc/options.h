/* The daemon's command line: sluiced [-c FILE] [-t] [-f] [-V]. */
#ifndef SLUICE_PROC_OPTIONS_H
#define SLUICE_PROC_OPTIONS_H

#include <stdbool.h>

#define DEFAULT_CONFIG SYSCONFDIR "/sluice/sluice.conf"

struct options {
	const char *config; /* borrowed */
	bool only_tests;    /* -t */
	bool foreground;    /* -f */
};

/* 0 to go on; else the process ends with *status (-V, -h, or a mistake, which was said). */
int options_parse(struct options *o, int argc, char **argv, int *status);

#endif
