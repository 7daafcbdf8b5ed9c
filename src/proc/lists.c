/* The table of categories for the worker.  See lists.h. */
#include "proc/lists.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "classify/category_file.h"
#include "policy/path.h"
#include "proc/list_child.h"

bool
lists_work_begin(struct lists_work *work, const struct conf *conf, const struct conf_tree *tree)
{
	if (conf->list_count == 0 ||
		snprintf(work->folder, sizeof work->folder, "%s/lists", conf->state_dir) >= (int)sizeof work->folder)
		return false;
	named_categories_of(tree, &work->named);
	work->job = (struct list_job){.lists = conf->lists,
		.count = conf->list_count,
		.folder = work->folder,
		.wanted = work->named.items,
		.wanted_count = work->named.count,
		.path_form = policy_path};
	return true;
}

void
lists_work_release(struct lists_work *work)
{
	named_categories_release(&work->named);
}

/* The table on disk. */
struct last_table {
	int fd; /* -1: there is none of use */
	uint64_t inputs;
};

static struct last_table
open_last(const struct lists_work *work)
{
	struct last_table last = {.fd = -1};
	struct category_file file;
	char path[4096];

	if (list_job_path(&work->job, LIST_TABLE_FILE, path, sizeof path))
		last.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (last.fd >= 0 && category_file_map(&file, last.fd) == NULL) {
		last.inputs = file.table.inputs;
		category_file_close(&file);
	} else if (last.fd >= 0) {
		close(last.fd);
		last.fd = -1;
	}
	return last;
}

static bool
is_stale(const struct lists_work *work, const struct last_table *last)
{
	uint64_t size;

	return last->fd < 0 || last->inputs != list_compile_inputs(&work->job, &size);
}

bool
lists_work_is_stale(const struct lists_work *work)
{
	struct last_table last = open_last(work);
	bool stale = is_stale(work, &last);

	if (last.fd >= 0)
		close(last.fd);
	return stale;
}

/* Compiles and waits.  Where the table cannot be kept, it is compiled again the next time.  -1 where it failed. */
static int
compile(const struct lists_work *work, const char *user, struct problems *problems)
{
	struct list_child child;
	int fd = -1;

	if (!list_child_compile(&child, &work->job, user))
		return -1;
	if (list_child_ended(&child, list_child_wait(&child), problems)) {
		fd = list_child_open_result(&child);
		list_child_keep(&child);
	}
	list_child_release(&child);
	return fd;
}

int
lists_open_table(const struct conf *conf, const struct conf_tree *tree, bool may_compile, struct problems *problems)
{
	struct last_table last;
	struct lists_work work;
	bool stale;
	int fd = -1;

	if (!lists_work_begin(&work, conf, tree))
		return -1;
	last = open_last(&work);
	stale = is_stale(&work, &last);
	if (stale && may_compile)
		fd = compile(&work, conf->user, problems);
	if (fd < 0 && last.fd < 0)
		problems_add(problems, true, NULL, 0, 0, "see: sluicectl lists compile",
			"there is no table of categories in %s", work.folder);
	else if (fd < 0 && stale)
		problems_add(problems, true, NULL, 0, 0, "see: sluicectl lists compile",
			"the lists have changed and are not compiled; the last table stays");
	lists_work_release(&work);
	if (fd < 0)
		return last.fd;
	if (last.fd >= 0)
		close(last.fd);
	return fd;
}
