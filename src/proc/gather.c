/* Files into a bundle.  See gather.h. */
#include "proc/gather.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "classify/phrases_list.h"
#include "fetch/server.h"
#include "ipc/bundle.h"
#include "proc/lists.h"
#include "proxy/generation.h"
#include "proxy/page_set.h"
#include "tls/ct_logs.h"

#define SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"
#define TRUST_FILE_MAX (16u << 20)
#define RESOLVER_FILE_MAX (4u << 20)
#define PHRASE_FILE_BYTES_MAX (16u << 20)
#define PHRASE_LIST_BYTES_MAX (64u << 20)
#define PHRASE_INCLUDE_DEPTH 8
#define MODEL_BYTES_MAX (128u << 20)
#define PAGE_FILE_BYTES_MAX (64u << 10)

bool
gather_configuration(const char *path, struct gathered *g, struct problems *problems)
{
	*g = (struct gathered){0};
	if (conf_load(path, &g->sources, problems))
		g->tree = conf_tree_parse(g->sources.items, g->sources.count, problems);
	if (g->tree)
		g->conf = conf_build(g->tree, problems);
	if (g->conf == NULL || problems->errors) {
		gathered_release(g);
		return false;
	}
	return true;
}

void
gathered_release(struct gathered *g)
{
	conf_release(g->conf);
	conf_tree_free(g->tree);
	conf_sources_release(&g->sources);
	*g = (struct gathered){0};
}

/* Reads a whole file; NULL with a problem. The caller frees. */
static char *
read_file(const char *path, size_t max, size_t *len, const char *remedy, struct problems *problems)
{
	struct stat st;
	char *bytes = NULL;
	ssize_t got = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if ((size_t)st.st_size > max)
			errno = EFBIG;
		else if ((bytes = malloc((size_t)st.st_size + 1)) != NULL)
			got = read(fd, bytes, (size_t)st.st_size);
	}
	if (got < 0) {
		problems_add(problems, false, path, 0, 0, remedy, "it cannot be read: %s", strerror(errno));
		free(bytes);
		bytes = NULL;
	}
	if (fd >= 0)
		close(fd);
	*len = got < 0 ? 0 : (size_t)got;
	return bytes;
}

/* Adds one file of trust anchors, under this name, or under one that carries where it comes from and when it was
 * changed.
 */
static void
add_trust_file(struct bundle_writer *w, const char *path, const char *as, struct problems *problems)
{
	bool is_system = strcmp(path, SYSTEM_TRUST) == 0;
	const char *remedy = is_system ? "install the package ca-certificates, or set tls { trust FILE }"
				       : "correct tls { trust } or the file's permissions";
	char name[4200];
	struct stat st = {0};
	size_t len;
	char *bytes = read_file(path, TRUST_FILE_MAX, &len, remedy, problems);

	if (bytes == NULL)
		return;
	stat(path, &st);
	snprintf(name, sizeof name, "%s%lld:%s", as, (long long)st.st_mtime, path);
	if (strcmp(as, FETCH_BLOB_TRUST) == 0)
		snprintf(name, sizeof name, "%s", as);
	bundle_add(w, slice_of(name), slice_make(bytes, len));
	free(bytes);
}

static int
is_certificate_file(const struct dirent *entry)
{
	struct slice name = slice_of(entry->d_name);

	return slice_ends_with(name, SLICE(".pem")) || slice_ends_with(name, SLICE(".crt"));
}

static void
add_trust_path(struct bundle_writer *w, const char *path, const char *as, struct problems *problems)
{
	struct dirent **entries;
	struct stat st;
	int count;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		add_trust_file(w, path, as, problems);
		return;
	}
	count = scandir(path, &entries, is_certificate_file, alphasort);
	if (count <= 0)
		problems_add(problems, false, path, 0, 0, "put PEM files named *.pem or *.crt there",
			"the folder of trust anchors %s", count < 0 ? strerror(errno) : "holds none");
	for (int i = 0; i < count; i++) {
		char file[4096];

		snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
		add_trust_file(w, file, as, problems);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void
add_ct_logs(struct bundle_writer *w, const char *path, struct problems *problems)
{
	char name[4200];
	size_t len;
	char *bytes =
		read_file(path, CT_LOGS_BYTES_MAX, &len, "correct tls { ct_logs } or the file's permissions", problems);

	if (bytes == NULL)
		return;
	snprintf(name, sizeof name, "%s%s", BLOB_CT_LOGS, path);
	bundle_add(w, slice_of(name), slice_make(bytes, len));
	free(bytes);
}

/* ---- content ---- */

/* A phrase list with what it includes in the place of the line that includes it. */
static void
append_phrases(struct buffer *out, const char *path, unsigned depth, struct problems *problems)
{
	size_t len;
	char *bytes = read_file(
		path, PHRASE_FILE_BYTES_MAX, &len, "correct content { phrases }, or the list's .Include", problems);
	struct slice rest = slice_make(bytes, len), line;

	while (bytes && slice_split(&rest, '\n', &line)) {
		struct phrase_line parsed;
		char included[4096];

		phrase_line_parse(line, &parsed);
		if (parsed.kind != PHRASE_LINE_INCLUDE) {
			buffer_append(out, line);
			buffer_append_cstr(out, "\n");
		} else if (depth == PHRASE_INCLUDE_DEPTH)
			problems_add(problems, false, path, 0, 0, "look for a circle of includes",
				"lists include lists too deeply");
		else {
			/* Relative names are beside the file that names them. */
			const char *slash = strrchr(path, '/');

			snprintf(included, sizeof included, "%.*s%.*s",
				parsed.text.len && parsed.text.ptr[0] == '/' ? 0 : (int)(slash ? slash + 1 - path : 0),
				path, SLICE_ARG(parsed.text));
			append_phrases(out, included, depth + 1, problems);
		}
	}
	free(bytes);
}

static void
add_content(struct bundle_writer *w, const struct conf *conf, struct problems *problems)
{
	char name[4200];

	for (size_t i = 0; i < conf->content.phrases.count; i++) {
		struct buffer list = buffer_make(PHRASE_LIST_BYTES_MAX);

		append_phrases(&list, conf->content.phrases.items[i], 0, problems);
		snprintf(name, sizeof name, "%s%s", BLOB_PHRASES, conf->content.phrases.items[i]);
		bundle_add(w, slice_of(name), buffer_slice(&list));
		buffer_release(&list);
	}
	if (conf->content.model) {
		size_t len;
		char *bytes = read_file(
			conf->content.model, MODEL_BYTES_MAX, &len, "train one with: sluicectl model train", problems);

		snprintf(name, sizeof name, "%s%s", BLOB_MODEL, conf->content.model);
		if (bytes)
			bundle_add(w, slice_of(name), slice_make(bytes, len));
		free(bytes);
	}
}

/* ---- pages ---- */

/* The files of pages { templates }; what else lies there is somebody's, and said. */
static void
add_pages(struct bundle_writer *w, const char *folder, struct problems *problems)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);

	if (count < 0)
		problems_add(problems, false, folder, 0, 0, "correct pages { templates }, or remove it",
			"the folder of page templates cannot be read: %s", strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[4096], name[4200];
		char *bytes = NULL;
		size_t len;

		snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
		snprintf(name, sizeof name, "%s%s", BLOB_PAGES, path);
		if (page_set_knows(slice_of(entries[i]->d_name)))
			bytes = read_file(path, PAGE_FILE_BYTES_MAX, &len,
				"correct the file's permissions, or make it smaller", problems);
		else if (entries[i]->d_name[0] != '.')
			problems_add(problems, true, path, 0, 0, "name it page.html, page.LANG.html or messages.LANG",
				"this is no file of pages, and is not looked at");
		if (bytes)
			bundle_add(w, slice_of(name), slice_make(bytes, len));
		free(bytes);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

bool
gather_bundle(const struct gathered *g, struct slice issuers, int *bundle, int *table, struct problems *problems)
{
	size_t before = problems->errors;
	struct bundle_writer w;
	char name[4200];

	bundle_begin(&w);
	for (size_t i = 0; i < g->sources.count; i++) {
		snprintf(name, sizeof name, "%s%s", BLOB_CONF, g->sources.items[i].name);
		bundle_add(&w, slice_of(name), g->sources.items[i].bytes);
	}
	if (g->conf->tls.trust_system)
		add_trust_file(&w, SYSTEM_TRUST, BLOB_TRUST_SYSTEM, problems);
	for (size_t i = 0; i < g->conf->tls.trust.count; i++)
		add_trust_path(&w, g->conf->tls.trust.items[i], BLOB_TRUST_ADMIN, problems);
	if (g->conf->tls.ct_logs)
		add_ct_logs(&w, g->conf->tls.ct_logs, problems);
	add_content(&w, g->conf, problems);
	if (g->conf->pages.templates)
		add_pages(&w, g->conf->pages.templates, problems);
	*table = lists_open_table(g->conf, g->tree, !g->lists_are_compiled, problems);
	bundle_add(&w, SLICE(BLOB_ISSUERS), issuers);
	*bundle = bundle_seal(&w);
	if (*bundle < 0)
		problems_add(problems, false, NULL, 0, 0, NULL, "the configuration cannot be handed over: %s",
			strerror(-*bundle));
	if (problems->errors == before)
		return true;
	if (*bundle >= 0)
		close(*bundle);
	if (*table >= 0)
		close(*table);
	return false;
}

/* ---- for the fetcher ---- */

/* Adds a file that need not be there. */
static void
add_optional_file(struct bundle_writer *w, const char *name, const char *path)
{
	struct problems ignored = {0};
	size_t len;
	char *bytes = read_file(path, RESOLVER_FILE_MAX, &len, NULL, &ignored);

	if (bytes)
		bundle_add(w, slice_of(name), slice_make(bytes, len));
	free(bytes);
	problems_release(&ignored);
}

int
gather_fetcher_bundle(const struct gathered *g, const char *resolv_conf, const char *hosts, struct problems *problems)
{
	struct buffer allowed = buffer_make(65536);
	struct bundle_writer w;
	char text[ADDR_TEXT_MAX + 4];

	bundle_begin(&w);
	add_optional_file(&w, FETCH_BLOB_RESOLV_CONF, resolv_conf);
	add_optional_file(&w, FETCH_BLOB_HOSTS, hosts);
	if (g->conf->tls.trust_system)
		add_trust_file(&w, SYSTEM_TRUST, FETCH_BLOB_TRUST, problems);
	for (size_t i = 0; i < g->conf->tls.trust.count; i++)
		add_trust_path(&w, g->conf->tls.trust.items[i], FETCH_BLOB_TRUST, problems);
	for (size_t i = 0; i < g->conf->tls.fetch_from.count; i++)
		buffer_printf(&allowed, "%s\n", prefix_format(&g->conf->tls.fetch_from.items[i], text));
	bundle_add(&w, SLICE(FETCH_BLOB_ALLOWED), buffer_slice(&allowed));
	buffer_release(&allowed);
	snprintf(text, sizeof text, "%llu", (unsigned long long)g->conf->tls.crl_max);
	bundle_add(&w, SLICE(FETCH_BLOB_CRL_MAX), slice_of(text));
	return bundle_seal(&w);
}
