/* The CA's folder below state_dir, as tools look at it: certificates only, never a key. */
#ifndef SLUICE_CTL_CA_FOLDER_H
#define SLUICE_CTL_CA_FOLDER_H

#include "tls/ca_store.h"

#include <jansson.h>

#define CA_FOLDER_NAME "ca"

struct ca_folder {
	struct ca_dir dir;
	struct ca_exported exported[CA_EXPORTED_MAX]; /* the one that signs first */
	size_t count;
};

/* Reads what clients should trust; false where there is none, or it may not be read. */
bool ca_folder_open(struct ca_folder *f, const char *state_dir, uint64_t now_ns);
void ca_folder_close(struct ca_folder *f);
/* One certificate in words: a new reference. */
json_t *ca_folder_describe(const struct ca_exported *exported);
/* DIR/ca. */
bool ca_folder_path(char *dst, size_t dst_size, const char *state_dir);

#endif
