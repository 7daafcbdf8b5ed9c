/* sluicectl lists add: writes the block of a new list to conf.d/, once the parser has agreed to the whole. */
#include "ctl/lists_work.h"

#include "base/buffer.h"
#include "ctl/json_view.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_MAX 16384

/* In quotes, so that nothing in it is read as more than a value. */
static bool
add_setting(struct buffer *out, const char *key, const char *value)
{
	if (value == NULL)
		return true;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == '"' || *c == '\\' || *c == 0x7f)
			return false;
	buffer_printf(out, "    %-9s \"%s\"\n", key, value);
	return true;
}

static bool
write_block(const struct lists_work *w, struct buffer *out)
{
	const struct lists_options *o = w->options;

	buffer_printf(out, "# made by: sluicectl lists add\nlist \"%s\" {\n", w->operand);
	if (!add_setting(out, "url", o->url) || !add_setting(out, "path", o->path) ||
		!add_setting(out, "format", o->format) || !add_setting(out, "category", o->category) ||
		!add_setting(out, "refresh", o->refresh) || !add_setting(out, "allow", o->allows ? "yes" : NULL))
		return false;
	buffer_append_cstr(out, "}\n");
	return true;
}

/* conf.d beside the configuration file, and the new file in it. */
static bool
make_paths(const struct lists_work *w, char folder[PATH_MAX], char path[PATH_MAX])
{
	const char *slash = strrchr(w->ctl->conf_path, '/');
	int n = snprintf(
		folder, PATH_MAX, "%.*sconf.d", slash ? (int)(slash + 1 - w->ctl->conf_path) : 0, w->ctl->conf_path);

	if (n < 0 || n >= PATH_MAX)
		return false;
	n = snprintf(path, PATH_MAX, "%s/list-%s.conf", folder, w->operand);
	return n > 0 && n < PATH_MAX;
}

/* The configuration as it would be; the mistakes are said. */
static bool
is_accepted(struct lists_work *w, const char *path, struct slice block)
{
	struct conf_sources sources = {0};
	struct problems problems = {0};
	struct conf_tree *tree = NULL;
	struct conf *conf = NULL;

	if (conf_load(w->ctl->conf_path, &sources, &problems) && conf_sources_add(&sources, slice_of(path), block))
		tree = conf_tree_parse(sources.items, sources.count, &problems);
	if (tree)
		conf = conf_build(tree, &problems);
	settings_print_problems(w->ctl->err, &problems);
	conf_release(conf);
	conf_tree_free(tree);
	conf_sources_release(&sources);
	problems_release(&problems);
	return conf != NULL;
}

/* Whole or not at all, and never over a file that is there.  0 or negative errno. */
static int
write_file(const char *folder, const char *path, struct slice block)
{
	char beside[PATH_MAX];
	int fd, result = 0;

	if (snprintf(beside, sizeof beside, "%s/.list.XXXXXX", folder) >= (int)sizeof beside)
		return -ENAMETOOLONG;
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, block.ptr, block.len) != (ssize_t)block.len || fchmod(fd, 0644) < 0 || fsync(fd) < 0 ||
		link(beside, path) < 0)
		result = -errno;
	close(fd);
	unlink(beside);
	return result;
}

int
lists_add(struct lists_work *w)
{
	struct buffer block = buffer_make(BLOCK_MAX);
	char folder[PATH_MAX], path[PATH_MAX];
	int status = EX_OK, result;

	if (strspn(w->operand, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") !=
			strlen(w->operand) ||
		w->operand[0] == '.' || w->operand[0] == '\0')
		status = ctl_fail(
			w->ctl, EX_USAGE, "use letters, digits, - and _", "\"%s\" is no name for a list", w->operand);
	else if (!make_paths(w, folder, path))
		status = ctl_fail(w->ctl, EX_USAGE, "choose a shorter one", "the name is too long");
	else if (!write_block(w, &block))
		status = ctl_fail(w->ctl, EX_USAGE, NULL, "a value has a quote, a backslash or a control character");
	else if (!is_accepted(w, path, buffer_slice(&block)))
		status = ctl_fail(w->ctl, EX_DATAERR, "correct what is named above", "nothing was added");
	else if ((result = write_file(folder, path, buffer_slice(&block))) < 0)
		status = ctl_fail(w->ctl, EX_CANTCREAT, "write as root, or choose another name",
			"%s cannot be made: %s", path, strerror(-result));
	if (status == EX_OK && w->ctl->json) {
		json_t *said = json_pack("{s:s, s:s}", "list", w->operand, "file", path);

		json_view_dump(w->ctl, said);
		json_decref(said);
	} else if (status == EX_OK) {
		fprintf(w->ctl->out, "%s\n", path);
	}
	buffer_release(&block);
	return status == EX_OK ? lists_reload(w) : status;
}
