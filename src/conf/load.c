/* Reads the configuration's files.  See load.h. */
#include "conf/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool
conf_sources_add(struct conf_sources *sources, struct slice name, struct slice bytes)
{
	struct conf_source *items;
	char *name_copy, *bytes_copy;

	if (sources->count >= CONF_FILES_MAX || bytes.len > CONF_FILE_MAX ||
		sources->bytes + bytes.len > CONF_TOTAL_MAX)
		return false;
	items = realloc(sources->items, (sources->count + 1) * sizeof *items);
	if (items == NULL)
		return false;
	sources->items = items;
	name_copy = slice_dup(name);
	bytes_copy = slice_dup(bytes);
	if (name_copy == NULL || bytes_copy == NULL) {
		free(name_copy);
		free(bytes_copy);
		return false;
	}
	items[sources->count++] = (struct conf_source){name_copy, slice_make(bytes_copy, bytes.len)};
	sources->bytes += bytes.len;
	return true;
}

void
conf_sources_release(struct conf_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		free((char *)(uintptr_t)sources->items[i].name);
		free((char *)(uintptr_t)sources->items[i].bytes.ptr);
	}
	free(sources->items);
	*sources = (struct conf_sources){0};
}

/* Reads a regular file (never a device or a pipe that would not end) and adds it. */
static bool
add_file(struct conf_sources *sources, const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *bytes = NULL;
	size_t have = 0;
	struct stat st;
	bool ok = false;

	*why = NULL;
	if (fd < 0 || fstat(fd, &st) < 0)
		goto out;
	if (!S_ISREG(st.st_mode)) {
		*why = "it is no regular file";
		goto out;
	}
	if (st.st_size > CONF_FILE_MAX || (bytes = malloc((size_t)st.st_size + 1)) == NULL) {
		*why = "it is larger than 16 MiB";
		goto out;
	}
	while (have < (size_t)st.st_size) {
		ssize_t n = read(fd, bytes + have, (size_t)st.st_size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			goto out;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	ok = conf_sources_add(sources, slice_of(path), slice_make(bytes, have));
	if (!ok)
		*why = "there are more than 512 files, or 64 MiB of them";
out:
	if (!ok && *why == NULL)
		*why = strerror(errno);
	if (fd >= 0)
		close(fd);
	free(bytes);
	return ok;
}

static int
is_conf_name(const struct dirent *entry)
{
	return fnmatch("*.conf", entry->d_name, FNM_PERIOD) == 0;
}

/* The conf.d/ beside the main file; that there is none is no mistake. */
static bool
add_folder(struct conf_sources *sources, const char *main_path, struct problems *problems)
{
	const char *slash = strrchr(main_path, '/');
	int folder_len = slash ? (int)(slash - main_path) + 1 : 0;
	char folder[4096], path[4400];
	struct dirent **entries = NULL;
	const char *why;
	bool ok = true;
	int count;

	if (snprintf(folder, sizeof folder, "%.*sconf.d", folder_len, main_path) >= (int)sizeof folder)
		return true;
	count = scandir(folder, &entries, is_conf_name, alphasort);
	if (count < 0 && errno != ENOENT && errno != ENOTDIR) {
		problems_add(problems, false, folder, 0, 0, NULL, "the folder cannot be read: %s", strerror(errno));
		return false;
	}
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		if (ok && !add_file(sources, path, &why)) {
			problems_add(problems, false, path, 0, 0, NULL, "the file cannot be read: %s", why);
			ok = false;
		}
		free(entries[i]);
	}
	free(entries);
	return ok;
}

/* A setting of a policy block that names a file. */
static const struct {
	const char *block;
	const char *key;
	const char *folder;
} references[] = {
	{"group", "users", ""},
	{"time", "zone", CONF_ZONE_DIR},
};

static bool
is_loaded(const struct conf_sources *sources, const char *path)
{
	for (size_t i = 0; i < sources->count; i++)
		if (strcmp(sources->items[i].name, path) == 0)
			return true;
	return false;
}

static void
add_reference(struct conf_sources *sources, const char *folder, struct slice name)
{
	char path[4096];
	const char *why;

	if (slice_find_slice(name, SLICE("..")) < name.len || (*folder == '\0') != slice_starts_with(name, SLICE("/")))
		return;
	if (snprintf(path, sizeof path, "%s%.*s", folder, SLICE_ARG(name)) >= (int)sizeof path)
		return;
	if (!is_loaded(sources, path))
		add_file(sources, path, &why);
}

static void
add_references_of(struct conf_sources *sources, const struct conf_statement *block)
{
	for (size_t i = 0; i < sizeof references / sizeof references[0]; i++) {
		if (!slice_eq(block->words[0].text, slice_of(references[i].block)))
			continue;
		for (const struct conf_statement *s = block->block; s; s = s->next)
			for (unsigned w = 0; w + 1 < s->count; w++)
				if (slice_eq(s->words[w].text, slice_of(references[i].key)))
					add_reference(sources, references[i].folder, s->words[w + 1].text);
	}
}

/* What the policy needs beside the configuration itself.  A configuration that does not parse names nothing: its
 * mistakes are told by whoever parses it next. */
static void
add_references(struct conf_sources *sources)
{
	struct problems ignored = {0};
	/* Copies: the list grows while the tree is walked, and the tree borrows. */
	size_t count = sources->count;
	struct conf_source *items = malloc(count * sizeof *items);
	struct conf_tree *tree = NULL;
	const char *why;

	if (items) {
		memcpy(items, sources->items, count * sizeof *items);
		tree = conf_tree_parse(items, count, &ignored);
	}
	for (const struct conf_statement *s = tree ? tree->first : NULL; s; s = s->next)
		if (s->has_block)
			add_references_of(sources, s);
	add_file(sources, CONF_LOCAL_ZONE, &why);
	conf_tree_free(tree);
	problems_release(&ignored);
	free(items);
}

bool
conf_load_file(const char *path, struct conf_sources *sources)
{
	const char *why;

	return add_file(sources, path, &why);
}

bool
conf_load(const char *path, struct conf_sources *sources, struct problems *problems)
{
	const char *why;

	*sources = (struct conf_sources){0};
	if (!add_file(sources, path, &why)) {
		problems_add(problems, false, path, 0, 0, "name the configuration file with -c",
			"the file cannot be read: %s", why);
		return false;
	}
	if (!add_folder(sources, path, problems))
		return false;
	add_references(sources);
	return true;
}
