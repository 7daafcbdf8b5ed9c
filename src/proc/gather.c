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

#include "ipc/bundle.h"
#include "proxy/generation.h"

#define SYSTEM_TRUST "/etc/ssl/certs/ca-certificates.crt"
#define TRUST_FILE_MAX (16u << 20)

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

/* Adds one file of trust anchors; its name carries where it comes from and when it was changed. */
static void
add_trust_file(struct bundle_writer *w, const char *path, bool is_system, struct problems *problems)
{
	char name[4200];
	struct stat st;
	char *bytes = NULL;
	ssize_t got = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (st.st_size > TRUST_FILE_MAX)
			errno = EFBIG;
		else if ((bytes = malloc((size_t)st.st_size + 1)) != NULL)
			got = read(fd, bytes, (size_t)st.st_size);
	}
	if (got < 0)
		problems_add(problems, false, path, 0, 0,
		        is_system ? "install the package ca-certificates, or set tls { trust FILE }"
		                  : "correct tls { trust } or the file's permissions",
		        "trust anchors cannot be read: %s", strerror(errno));
	else {
		snprintf(name, sizeof name, "%s%lld:%s", is_system ? BLOB_TRUST_SYSTEM : BLOB_TRUST_ADMIN,
		        (long long)st.st_mtime, path);
		bundle_add(w, slice_of(name), slice_make(bytes, (size_t)got));
	}
	free(bytes);
	if (fd >= 0)
		close(fd);
}

static int
is_certificate_file(const struct dirent *entry)
{
	struct slice name = slice_of(entry->d_name);

	return slice_ends_with(name, SLICE(".pem")) || slice_ends_with(name, SLICE(".crt"));
}

static void
add_trust_path(struct bundle_writer *w, const char *path, struct problems *problems)
{
	struct dirent **entries;
	struct stat st;
	int count;

	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)) {
		add_trust_file(w, path, false, problems);
		return;
	}
	count = scandir(path, &entries, is_certificate_file, alphasort);
	if (count <= 0)
		problems_add(problems, false, path, 0, 0, "put PEM files named *.pem or *.crt there",
		        "the folder of trust anchors %s", count < 0 ? strerror(errno) : "holds none");
	for (int i = 0; i < count; i++) {
		char file[4096];

		snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
		add_trust_file(w, file, false, problems);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int
gather_bundle(const struct gathered *g, struct slice issuers, struct problems *problems)
{
	size_t before = problems->errors;
	struct bundle_writer w;
	char name[4200];
	int fd;

	bundle_begin(&w);
	for (size_t i = 0; i < g->sources.count; i++) {
		snprintf(name, sizeof name, "%s%s", BLOB_CONF, g->sources.items[i].name);
		bundle_add(&w, slice_of(name), g->sources.items[i].bytes);
	}
	if (g->conf->tls.trust_system)
		add_trust_file(&w, SYSTEM_TRUST, true, problems);
	for (size_t i = 0; i < g->conf->tls.trust.count; i++)
		add_trust_path(&w, g->conf->tls.trust.items[i], problems);
	bundle_add(&w, SLICE(BLOB_ISSUERS), issuers);
	fd = bundle_seal(&w);
	if (fd < 0) {
		problems_add(problems, false, NULL, 0, 0, NULL, "the configuration cannot be handed over: %s", strerror(-fd));
		return -1;
	}
	if (problems->errors != before) {
		close(fd);
		return -1;
	}
	return fd;
}
