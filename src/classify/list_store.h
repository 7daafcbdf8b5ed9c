/* What is kept of a list that is fetched: FOLDER/NAME/ holds `body`, the last good copy, and `state`, a small text that
 * says where it came from and when to ask again.  Both are only ever replaced whole, by rename.  The daemon writes,
 * sluicectl reads. */
#ifndef SLUICE_CLASSIFY_LIST_STORE_H
#define SLUICE_CLASSIFY_LIST_STORE_H

#include "base/slice.h"

#define LIST_BODY_FILE "body"
#define LIST_STATE_FILE "state"
#define LIST_URL_MAX 2048
#define LIST_VALIDATOR_MAX 512
#define LIST_ERROR_MAX 256
#define LIST_STATE_BYTES_MAX 8192

/* Times are seconds since 1970; 0: never. */
struct list_state {
	char url[LIST_URL_MAX + 1];                 /* that the copy came from: of another one it says nothing */
	char etag[LIST_VALIDATOR_MAX + 1];          /* of the copy; "" where the server gave none */
	char last_modified[LIST_VALIDATOR_MAX + 1]; /* likewise, as the server wrote it */
	char error[LIST_ERROR_MAX + 1];             /* why the last attempt failed; "" where it did not */
	uint64_t fetched;                           /* when the copy came */
	uint64_t checked;                           /* when the server last said something of use */
	uint64_t tried;
	uint64_t next;
	uint64_t bytes;    /* of the copy */
	uint64_t entries;  /* names, addresses and URLs in it */
	uint64_t failures; /* in a row */
};

/* FOLDER/NAME/FILE; false where it is too long. */
bool list_store_path(const char *folder, const char *name, const char *file, char *dst, size_t dst_size);
/* What is kept; everything empty where there is nothing, or it cannot be read: then all is fetched anew. */
void list_store_read(const char *folder, const char *name, struct list_state *state);
/* Makes the folders where they are missing.  0 or negative errno. */
int list_store_write(const char *folder, const char *name, const struct list_state *state);

/* Reads and writes the text of a state; pure.  A line that is not understood is skipped. */
void list_state_parse(struct slice text, struct list_state *state);
size_t list_state_format(const struct list_state *state, char dst[LIST_STATE_BYTES_MAX]);

/* When to ask again, after an attempt at `now` (seconds): after `refresh` where it went well, else after a minute that
 * doubles with each failure in a row, up to the refresh.  A tenth of it is left to chance (`random`, any number), so
 * that the gateways of one owner do not ask all at once. */
uint64_t list_next_attempt(uint64_t now, uint64_t refresh, uint64_t failures, uint64_t random);
/* Whether a new copy may replace one of `had` entries: it has some, and not less than half. */
bool list_is_plausible(uint64_t had, uint64_t has);

#endif
