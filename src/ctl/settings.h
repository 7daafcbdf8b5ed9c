/* The daemon's configuration, as its tools read it: from the same files, by the same code. */
#ifndef SLUICE_CTL_SETTINGS_H
#define SLUICE_CTL_SETTINGS_H

#include "conf/load.h"
#include "conf/snapshot.h"
#include "ctl/ctl.h"

struct settings {
	struct conf_sources sources;
	struct conf_tree *tree;
	struct conf *conf;
};

/* Reads `path`; mistakes are said on ctl->err, and the answer is EX_CONFIG (EX_NOINPUT where it cannot be read).
 * Release in either case. */
int settings_load_from(struct ctl *ctl, const char *path, struct settings *s);
/* The file that -c names. */
int settings_load(struct ctl *ctl, struct settings *s);
void settings_release(struct settings *s);
/* Says each problem on its line. */
void settings_print_problems(FILE *to, const struct problems *problems);
/* DIR/NAME, or false where it is too long. */
bool settings_path(char *dst, size_t dst_size, const char *dir, const char *name);

#endif
