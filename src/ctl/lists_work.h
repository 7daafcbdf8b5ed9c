/* What the actions of `sluicectl lists` share; nobody else includes this. */
#ifndef SLUICE_CTL_LISTS_WORK_H
#define SLUICE_CTL_LISTS_WORK_H

#include "classify/category_file.h"
#include "classify/list_compile.h"
#include "ctl/daemon.h"
#include "ctl/settings.h"

#include <jansson.h>

#define LISTS_BAR_WIDTH 30

struct lists_options {
	bool no_reload;
	bool forces;
	bool allows;
	const char *url;
	const char *path;
	const char *format;
	const char *category;
	const char *refresh;
};

/* What an action works with. */
struct lists_work {
	struct ctl *ctl;
	const struct lists_options *options;
	const struct settings *settings;
	struct list_job job;
	const char *operand; /* NULL: none was given */
	uint64_t total;      /* bytes that compile has to read */
	uint64_t drawn;      /* how many were read when the bar was last drawn */
};

/* Opens the compiled table; EX_OK, or the mistake is said. */
int lists_open_table(const struct lists_work *w, struct category_file *file);
/* The daemon takes over what has changed, unless that was not wanted; that none runs is no failure. */
int lists_reload(struct lists_work *w);
/* "[####....] " on the error stream, from the begin of the line. */
void lists_draw_bar(const struct lists_work *w, uint64_t done, uint64_t total);

/* The actions; each returns an exit status. */
int lists_status(struct lists_work *w);
int lists_compile(struct lists_work *w);
int lists_test(struct lists_work *w);
int lists_add(struct lists_work *w);
int lists_update(struct lists_work *w);

#endif
