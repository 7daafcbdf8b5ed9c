/* Reads list files and folders, line by line, into a builder of category tables, and counts what came of every line.
 * Bad lines are counted and the first few named; they never stop a list.  Only a file that cannot be read fails it. */
#ifndef SLUICE_CLASSIFY_LIST_READ_H
#define SLUICE_CLASSIFY_LIST_READ_H

#include "base/buffer.h"
#include "base/diag.h"
#include "classify/category_build.h"
#include "classify/list_line.h"

#define LIST_BYTES_MAX (UINT64_C(4) << 30) /* of one list, unpacked */
#define LIST_NAMED_MAX 5                   /* unusable lines of a list that are named */
#define LIST_TEXT_MAX 256                  /* licence, attribution */

/* What came of one list. */
struct list_report {
	const char *name;             /* borrowed, as in the configuration */
	const char *path;             /* likewise */
	enum conf_list_format format; /* never auto once it was read */
	uint64_t lines;
	uint64_t bytes; /* unpacked */
	uint64_t classes[LIST_CLASSES];
	uint64_t newest; /* of its files: when changed, seconds since 1970 */
	unsigned files;
	unsigned categories;
	unsigned named;              /* unusable lines that were added to the problems */
	char licence[LIST_TEXT_MAX]; /* as the list states it; "" where it does not */
	char attribution[LIST_TEXT_MAX];
};

/* Names, URLs and addresses. */
static inline uint64_t
list_report_entries(const struct list_report *report)
{
	return report->classes[LIST_HOST] + report->classes[LIST_URL] + report->classes[LIST_ADDRESS];
}

/* Lines that could not be used. */
uint64_t list_report_skipped(const struct list_report *report);

/* How an entry gets into the builder. */
enum list_use { LIST_USE_ADD, LIST_USE_ALLOW, LIST_USE_BLOCK };

/* Called now and then with the bytes read so far (packed ones, of all lists), and the entries of this list. */
typedef void list_progress(void *context, const char *list, uint64_t bytes, uint64_t entries);

/* Where an entry stands; borrowed during the call. */
struct list_place {
	const char *list;
	const char *path; /* of the file */
	uint64_t line;
	const char *category; /* NULL where the list allows */
	enum list_use use;
};
/* Called with every entry, before it goes into the builder. */
typedef void list_watch(void *context, const struct list_place *place, const struct list_item *item);

struct list_reader {
	struct category_builder *builder; /* borrowed, as everything here */
	struct problems *problems;        /* unusable lines are warnings, unreadable files errors */
	list_progress *progress;          /* NULL: nobody asks */
	list_watch *watch;                /* likewise */
	void *context;
	uint64_t read; /* packed bytes, over all lists */
};

/* A file, which may be packed by gzip, all of one category: `category`, or the list's name where that is NULL; or an
 * archive of folders (list_archive.h).  With CONF_LIST_AUTO in report->format its first bytes say which format it is
 * in. False where it cannot be read. */
bool list_read_file(struct list_reader *reader, const char *path, const char *category, enum list_use use,
	struct list_report *report);
/* The same from a descriptor, which is taken; path is for messages. */
bool list_read_fd(struct list_reader *reader, int fd, const char *path, const char *category, enum list_use use,
	struct list_report *report);
/* A folder as squidGuard and UT1 have it: one below it for each category, with files domains, urls and usage.  A link
 * to one of them, or a small file that holds the name of one, is another name of that category.  A folder that has such
 * files itself is one category, called `category` (its own name where that is NULL); so are all with a category. */
bool list_read_folder(struct list_reader *reader, const char *path, const char *category, enum list_use use,
	struct list_report *report);

#endif
