/* The table of categories for the bundle.  See lists.h. */
#include "proc/lists.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "classify/category_file.h"
#include "policy/path.h"
#include "proc/list_child.h"
#include "proxy/generation.h"

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

/* The table on disk; no map where there is none of use. */
static struct category_file
open_last(const struct lists_work *work)
{
	struct category_file last = {.map = NULL};
	char path[4096];

	if (list_job_path(&work->job, LIST_TABLE_FILE, path, sizeof path) && category_file_open(&last, path) != NULL)
		last.map = NULL;
	return last;
}

static bool
is_stale(const struct lists_work *work, const struct category_file *last)
{
	uint64_t size;

	return last->map == NULL || last->table.inputs != list_compile_inputs(&work->job, &size);
}

bool
lists_work_is_stale(const struct lists_work *work)
{
	struct category_file last = open_last(work);
	bool stale = is_stale(work, &last);

	category_file_close(&last);
	return stale;
}

static bool
add_file(struct bundle_writer *w, int fd)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st) < 0 || st.st_size == 0)
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return false;
	bundle_add(w, SLICE(BLOB_CATEGORIES), slice_make(map, (size_t)st.st_size));
	munmap(map, (size_t)st.st_size);
	return true;
}

/* Compiles and waits.  Where the table cannot be kept, it is compiled again the next time. */
static bool
compile(struct bundle_writer *w, const struct lists_work *work, const char *user, struct problems *problems)
{
	struct list_child child;
	bool done;

	if (!list_child_compile(&child, &work->job, user))
		return false;
	done = list_child_ended(&child, list_child_wait(&child), problems) && add_file(w, child.out);
	if (done)
		list_child_keep(&child);
	list_child_release(&child);
	return done;
}

void
lists_add_table(struct bundle_writer *w, const struct conf *conf, const struct conf_tree *tree, bool may_compile,
	struct problems *problems)
{
	struct category_file last;
	struct lists_work work;
	bool stale;

	if (!lists_work_begin(&work, conf, tree))
		return;
	last = open_last(&work);
	stale = is_stale(&work, &last);
	if (stale && may_compile && compile(w, &work, conf->user, problems))
		goto out;
	if (last.map == NULL) {
		problems_add(problems, true, NULL, 0, 0, "see: sluicectl lists compile",
			"there is no table of categories in %s", work.folder);
		goto out;
	}
	if (stale)
		problems_add(problems, true, NULL, 0, 0, "see: sluicectl lists compile",
			"the lists have changed and are not compiled; the last table stays");
	bundle_add(w, SLICE(BLOB_CATEGORIES), slice_make(last.map, last.size));
out:
	category_file_close(&last);
	lists_work_release(&work);
}
