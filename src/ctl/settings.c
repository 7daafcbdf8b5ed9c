/* The daemon's configuration.  See settings.h. */
#include "ctl/settings.h"

void
settings_print_problems(FILE *to, const struct problems *problems)
{
	char line[2048];

	for (size_t i = 0; i < problems->count; i++) {
		problem_format(&problems->items[i], line, sizeof line);
		fprintf(to, "%s\n", line);
	}
}

int
settings_load_from(struct ctl *ctl, const char *path, struct settings *s)
{
	struct problems problems = {0};
	int status = EX_OK;

	*s = (struct settings){0};
	if (!conf_load(path, &s->sources, &problems))
		status = EX_NOINPUT;
	else if ((s->tree = conf_tree_parse(s->sources.items, s->sources.count, &problems)) == NULL ||
		 (s->conf = conf_build(s->tree, &problems)) == NULL)
		status = EX_CONFIG;
	if (status != EX_OK)
		settings_print_problems(ctl->err, &problems);
	problems_release(&problems);
	return status;
}

int
settings_load(struct ctl *ctl, struct settings *s)
{
	return settings_load_from(ctl, ctl->conf_path, s);
}

void
settings_release(struct settings *s)
{
	conf_release(s->conf);
	conf_tree_free(s->tree);
	conf_sources_release(&s->sources);
	*s = (struct settings){0};
}

bool
settings_path(char *dst, size_t dst_size, const char *dir, const char *name)
{
	int n = snprintf(dst, dst_size, "%s/%s", dir, name);

	return n > 0 && (size_t)n < dst_size;
}
