/* Collecting the entries of a category table.  See category_build.h; putting it together is category_pack.c. */
#include "classify/category_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/pages.h"
#include "classify/category_hash.h"
#include "classify/category_key.h"
#include "classify/category_pack.h"

#define TEXTS_MAX (8u << 20) /* names and sources, bytes */

struct category_builder *
category_builder_new(category_path_form *path_form)
{
	struct category_builder *b = calloc(1, sizeof *b);

	if (b == NULL)
		return NULL;
	b->path_form = path_form;
	b->seed = siphash_random_key();
	category_factors_make(&b->factors, &b->seed);
	b->texts = arena_make(TEXTS_MAX);
	return b;
}

void
category_builder_drop_entries(struct category_builder *b)
{
	pages_free(b->entries, b->entry_capacity * sizeof *b->entries);
	b->entries = NULL;
	b->entry_count = b->entry_capacity = 0;
}

void
category_builder_free(struct category_builder *b)
{
	if (b == NULL)
		return;
	category_builder_drop_entries(b);
	free(b->sources);
	arena_release(&b->texts);
	free(b);
}

/* ---- categories ---- */

static bool
is_category_name(struct slice name)
{
	if (name.len == 0 || name.len > CATEGORY_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.ptr[i] <= ' ' || (unsigned char)name.ptr[i] >= 0x7f)
			return false;
	return true;
}

int
category_builder_category(struct category_builder *b, struct slice name)
{
	struct builder_category *c;

	for (unsigned i = 0; i < b->category_count; i++)
		if (slice_eq(b->categories[i].name, name))
			return (int)i;
	if (!is_category_name(name) || b->category_count == CATEGORIES_MAX)
		return -1;
	c = &b->categories[b->category_count];
	c->name = arena_copy(&b->texts, name);
	c->alias_of = CATEGORY_NOT_ALIAS;
	if (c->name.ptr == NULL)
		return -1;
	return (int)b->category_count++;
}

const char *
category_builder_name(const struct category_builder *b, unsigned number)
{
	return b->categories[number].name.ptr;
}

bool
category_builder_alias(struct category_builder *b, struct slice name, struct slice target)
{
	int from = category_builder_category(b, name);
	int to = category_builder_category(b, target);

	if (from < 0 || to < 0)
		return false;
	for (uint32_t at = (uint32_t)to; at != CATEGORY_NOT_ALIAS; at = b->categories[at].alias_of)
		if (at == (uint32_t)from)
			return false;
	if (b->categories[from].alias_of != CATEGORY_NOT_ALIAS)
		return b->categories[from].alias_of == (uint32_t)to;
	b->categories[from].alias_of = (uint32_t)to;
	return true;
}

/* ---- entries ---- */

/* Room for one more entry. */
static bool
make_room(struct category_builder *b)
{
	size_t wanted = b->entry_capacity ? b->entry_capacity * 2 : 4096;
	void *grown;

	if (b->entry_count < b->entry_capacity)
		return true;
	if (b->error)
		return false;
	if (wanted > CATEGORY_ENTRIES_MAX) {
		b->error = "the lists have too many names";
		return false;
	}
	grown = pages_resize(b->entries, b->entry_capacity * sizeof *b->entries, wanted * sizeof *b->entries);
	if (grown == NULL) {
		b->error = "memory is out";
		return false;
	}
	b->entries = grown;
	b->entry_capacity = wanted;
	return true;
}

static void
append(struct category_builder *b, uint64_t hash, uint32_t category, uint32_t kind)
{
	if (make_room(b))
		b->entries[b->entry_count++] = (struct builder_entry){hash, category, kind};
}

/* Adds an entry of the name, which is no address.  False where it has too many labels, or bytes that are in no name. */
static bool
append_name(struct category_builder *b, struct slice name, uint32_t category, uint32_t kind)
{
	NOT_CLEARED struct category_name read;
	unsigned labels;

	category_name_read(&read, &b->factors, name);
	labels = category_name_labels(&read, name.len);
	if (labels > CATEGORY_LABELS_MAX || read.bytes & CATEGORY_HASH_HIGH_BITS)
		return false;
	append(b, category_name_hash(&read, &b->factors, name.len), category, kind);
	b->depths |= UINT32_C(1) << (labels - 1);
	return true;
}

/* Adds an entry of the host itself. */
static bool
append_host(struct category_builder *b, struct slice host, uint32_t category, uint32_t kind)
{
	if (host.len == 0 || host.len > CATEGORY_HOST_MAX)
		return false;
	if (!category_host_is_address(host))
		return append_name(b, host, category, kind);
	append(b, siphash13(&b->seed, host.ptr, host.len), category, kind | ENTRY_ADDRESS);
	return true;
}

bool
category_builder_add_host(struct category_builder *b, struct slice host, unsigned category)
{
	return append_host(b, host, category, ENTRY_LISTED);
}

bool
category_builder_allow(struct category_builder *b, struct slice host)
{
	return append_host(b, host, 0, ENTRY_ALLOW);
}

bool
category_builder_block(struct category_builder *b, struct slice host, unsigned category)
{
	return append_host(b, host, category, ENTRY_LISTED | ENTRY_OWN);
}

/* Whether a path can be found again: it has an end within the bounds of category_lookup_url(). */
static bool
path_is_findable(struct slice path)
{
	unsigned prefixes = 1;

	for (size_t i = 1; i < path.len; i++)
		prefixes += category_path_ends_before(path.ptr[i]);
	return path.len < CATEGORY_PATH_MAX && prefixes <= CATEGORY_PATH_PREFIXES_MAX;
}

bool
category_builder_add_url(struct category_builder *b, struct slice host, struct slice path, unsigned category)
{
	char key[CATEGORY_HOST_MAX + CATEGORY_PATH_MAX], form[CATEGORY_PATH_MAX];
	struct slice url_host = category_url_host(host);

	if (path.len >= sizeof form || url_host.len > CATEGORY_HOST_MAX)
		return false;
	if (b->path_form && path.len)
		path = b->path_form(path, form);
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	if (path.len == 0)
		return category_builder_add_host(b, host, category);
	if (path.ptr[0] != '/' || !path_is_findable(path) || !append_host(b, url_host, category, ENTRY_POSSIBLE))
		return false;
	memcpy(key, url_host.ptr, url_host.len);
	for (size_t i = 0; i < path.len; i++)
		key[url_host.len + i] = ascii_lower(path.ptr[i]);
	append(b, siphash13(&b->seed, key, url_host.len + path.len), category, ENTRY_LISTED | ENTRY_URL);
	return true;
}

/* ---- sources ---- */

static const char *
keep(struct category_builder *b, const char *text)
{
	struct slice copy = arena_copy(&b->texts, slice_of(text ? text : ""));

	if (copy.ptr == NULL)
		b->error = "the names of the sources are too long";
	return copy.ptr ? copy.ptr : "";
}

void
category_builder_source(struct category_builder *b, const struct category_source *source)
{
	struct category_source *grown = realloc(b->sources, (b->source_count + 1) * sizeof *grown);

	if (grown == NULL || b->source_count == UINT16_MAX) {
		b->error = "memory is out";
		return;
	}
	b->sources = grown;
	grown += b->source_count++;
	*grown = *source;
	grown->name = keep(b, source->name);
	grown->format = keep(b, source->format);
	grown->path = keep(b, source->path);
	grown->licence = keep(b, source->licence);
	grown->attribution = keep(b, source->attribution);
	grown->kinds = keep(b, source->kinds);
}

/* ---- the file ---- */

static int
write_all(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	}
	return fsync(fd) < 0 ? -errno : 0;
}

/* The name lasts only once its folder is on the disk, too. */
static int
sync_folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int fd, result;

	if (!slice_to_cstr(slash ? slice_make(path, (size_t)(slash - path) + 1) : SLICE("."), folder, sizeof folder))
		return -ENAMETOOLONG;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = fsync(fd) < 0 ? -errno : 0;
	close(fd);
	return result;
}

int
category_table_save(struct slice bytes, const char *path)
{
	char beside[4096];
	int n = snprintf(beside, sizeof beside, "%s.XXXXXX", path);
	int fd, result;

	if (n < 0 || (size_t)n >= sizeof beside)
		return -ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	result = write_all(fd, bytes);
	if (result == 0 && fchmod(fd, 0644) < 0)
		result = -errno;
	if (close(fd) < 0 && result == 0)
		result = -errno;
	if (result == 0 && rename(beside, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(beside);
	return result < 0 ? result : sync_folder_of(path);
}
