/* From the lists of a configuration to the category table on disk.  The table is replaced only when every list could be
 * read: otherwise the last good one stays. */
#ifndef SLUICE_CLASSIFY_LIST_COMPILE_H
#define SLUICE_CLASSIFY_LIST_COMPILE_H

#include "classify/list_read.h"

#define LIST_TABLE_FILE "categories.db" /* in the folder of lists, state_dir/lists */
/* The administrator's own entries, plain files in the same folder, each may be missing: what is never in a category,
 * and what is in the category LIST_BLOCK_CATEGORY whatever lists say. */
#define LIST_ALLOW_FILE "allow"
#define LIST_BLOCK_FILE "block"
#define LIST_BLOCK_CATEGORY "blocked"

/* What is compiled, and how; borrows everything. */
struct list_job {
	const struct conf_list *lists;
	size_t count;
	const char *folder; /* state_dir/lists; made where it is missing */
	/* Categories that rules name.  With a list that is fetched, they are in the table even while no list has them:
	 * what comes over the network never makes a configuration wrong. */
	const char *const *wanted;
	size_t wanted_count;
	category_path_form *path_form;
	list_progress *progress; /* NULL: nobody asks */
	void *context;
};

/* A number that changes with the configured lists and with the size, date or set of their files, so that a table whose
 * `inputs` equals it needs no compiling.  *bytes is how much there is to read. */
uint64_t list_compile_inputs(const struct list_job *job, uint64_t *bytes);

/* Reads all lists into a table: *bytes is the caller's, free() it.  reports: one for each list, and those of the own
 * entries at [count] and [count + 1] (with no files where there are none).  Unusable lines are warnings. */
bool list_compile(const struct list_job *job, uint64_t now, struct list_report *reports, struct problems *problems,
	struct slice *bytes);

/* list_compile(), and the table replaces the one in the folder. */
bool list_compile_file(
	const struct list_job *job, uint64_t now, struct list_report *reports, struct problems *problems);

/* The file or folder of a list: its path, or the copy that was fetched from its url; false where it is too long. */
bool list_job_source(const struct list_job *job, const struct conf_list *list, char *dst, size_t dst_size);
/* Reads all lists and shows every entry to `watch`; nothing is made of them.  False where one cannot be read. */
bool list_compile_watch(const struct list_job *job, list_watch *watch, void *context, struct problems *problems);
/* Reads one list from a descriptor, which is taken, as list_compile() would, for who wants to know what is in it before
 * it replaces another.  False with problems where it cannot be read. */
bool list_compile_try(const struct list_job *job, const struct conf_list *list, int fd, struct list_report *report,
	struct problems *problems);

/* FOLDER/NAME; false where it is too long. */
bool list_job_path(const struct list_job *job, const char *name, char *dst, size_t dst_size);

#endif
