/* The list of certificate transparency logs that browsers go by, as its publishers write it (log_list.json, schema
 * version 3): whose signature on an SCT counts.  Built from bytes, then immutable; any thread. */
#ifndef SLUICE_TLS_CT_LOGS_H
#define SLUICE_TLS_CT_LOGS_H

#include "base/diag.h"

#include <openssl/evp.h>

#define CT_LOG_ID 32
#define CT_LOGS_MAX 512
#define CT_LOGS_BYTES_MAX ((size_t)4 << 20)
/* Older than this the list may not know the logs of today's certificates: nothing is refused by it (browsers: ten
 * weeks). */
#define CT_LOGS_FRESH_S (70 * INT64_C(86400))

enum ct_log_state {
	CT_LOG_UNKNOWN, /* pending or rejected, or of a state that this version does not know: does not count */
	CT_LOG_USABLE,  /* usable, qualified or read-only */
	CT_LOG_RETIRED, /* counts for what it signed before `retired` */
};

struct ct_log {
	uint8_t id[CT_LOG_ID]; /* SHA-256 of its key */
	EVP_PKEY *key;         /* owned by the list */
	unsigned operator_number;
	enum ct_log_state state;
	int64_t retired; /* Unix time */
};

struct ct_logs;

/* Reads the list; NULL with an error that names `file`: where it is not JSON of that form, where a log's id is not the
 * hash of its key, or where no log in it counts.  A log whose key is of a kind that we do not verify is left out. */
struct ct_logs *ct_logs_read(
	OSSL_LIB_CTX *libctx, const EVP_MD *sha256, struct slice json, const char *file, struct problems *problems);
void ct_logs_free(struct ct_logs *logs);
/* The log with this id, or NULL. */
const struct ct_log *ct_logs_find(const struct ct_logs *logs, const uint8_t id[CT_LOG_ID]);
size_t ct_logs_count(const struct ct_logs *logs);
/* When the list was made (Unix time), and whether that is recent enough to refuse by. */
int64_t ct_logs_made(const struct ct_logs *logs);
bool ct_logs_are_fresh(const struct ct_logs *logs, int64_t now);

#endif
