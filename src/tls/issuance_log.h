/* The log of every leaf that was issued: one line of JSON each, appended before the leaf leaves the signer, each line
 * holding the hash of the one before it.  It stands in for certificate transparency, which a local CA has not.
 *
 *   {"seq":1,"time":"2026-11-21T10:00:00Z","issuer":"trusted","issuer_sha256":"...","serial":"4f...",
 *    "not_before":...,"not_after":...,"spki_sha256":"...","names":["DNS:www.example.com"],"prev":"<64 hex>","hash":"<64
 * hex>"}
 *
 * Where the log goes on in another file (issuance_files.h) the first line there has no leaf, but `"event":"continued"`.
 *
 * `hash` is the SHA-256 of the line's bytes before `,"hash"`; `prev` is the `hash` of the line before, and 64 zeros in
 * the first line ever.  A changed, missing or moved line is found by issuance_log_verify(); lines cut off at the end
 * are found only by whoever has noted the last hash elsewhere.
 *
 * A line is one write(2), so it survives the process; what was not yet on the disk is lost when the machine fails:
 * at most `sync_interval_ms` of it (0: each line is on the disk before its leaf leaves, at the price of a disk's flush
 * for each).  Where a line cannot be written nothing is issued.  One thread; the descriptor comes from outside. */
#ifndef SLUICE_TLS_ISSUANCE_LOG_H
#define SLUICE_TLS_ISSUANCE_LOG_H

#include "base/buffer.h"
#include "base/diag.h"
#include "tls/leaf_name.h"

#define ISSUANCE_HASH_BYTES 32
#define ISSUANCE_LINE_MAX (128 * 1024) /* 60 KiB of names, each with quotes and a kind */
#define ISSUANCE_SYNC_DEFAULT_MS 1000

struct issuance {
	int64_t time;             /* seconds since 1970-01-01 UTC */
	const char *issuer;       /* "trusted" or "untrusted" */
	const uint8_t *issuer_id; /* SHA-256 of its certificate: a change of CA shows in the log */
	struct slice serial;      /* bytes */
	int64_t not_before;
	int64_t not_after;
	uint8_t spki_sha256[32];
	const struct leaf_name *names; /* valid ones (leaf_name_is_valid), so nothing in them needs escaping */
	size_t name_count;
};

struct issuance_log {
	int fd;       /* borrowed: read and append */
	uint64_t seq; /* of the last line */
	uint8_t last[ISSUANCE_HASH_BYTES];
	int64_t size; /* bytes of whole lines */
	unsigned sync_interval_ms;
	uint64_t synced_at_ns; /* monotonic */
	bool is_dirty;         /* lines since the last sync */
	bool is_broken;        /* half a line could not be taken back: nothing more is written */
	struct buffer line;    /* owned */
};

/* Continues the log in fd (opened O_RDWR | O_APPEND), borrowed until issuance_log_release().  Half a line at its end,
 * which a crash may leave and whose leaf was never issued, is cut off.  A last line that is damaged is an error:
 * `file` names it in the problem. */
bool issuance_log_init(
	struct issuance_log *log, int fd, unsigned sync_interval_ms, const char *file, struct problems *problems);
/* Appends a line.  False where it could not be written; the log is then as before, or refuses for good. */
bool issuance_log_append(struct issuance_log *log, const struct issuance *entry, uint64_t now_monotonic_ns);
/* Goes on in another file, which is empty and opened like the first: its first line continues the chain, and is on the
 * disk, as the old file is, when this returns true.  False where that is not so; the log then goes on in the old file.
 */
bool issuance_log_move(struct issuance_log *log, int fd, int64_t now);
/* Flushes to the disk where that is due; to be called when the signer is idle, too.  False where the disk refused. */
bool issuance_log_sync(struct issuance_log *log, uint64_t now_monotonic_ns);
/* Flushes, and frees what the log holds; the descriptor stays open. */
void issuance_log_release(struct issuance_log *log);

struct issuance_verdict {
	uint64_t lines;
	uint64_t first_seq; /* above 1 where the log continues another file */
	uint64_t last_seq;
	uint8_t first_prev[ISSUANCE_HASH_BYTES]; /* must be the other file's last hash */
	uint8_t last[ISSUANCE_HASH_BYTES];
};

/* Checks one more line (without its newline), which has to follow those before; all zeros before the first.  Returns
 * what is wrong with it, or NULL. */
const char *issuance_log_verify_line(struct issuance_verdict *verdict, struct slice line);
/* Reads the whole log from the start of fd and checks every hash, every link and every number.  False with one
 * problem (file and line) at the first line that is wrong; the verdict then covers the lines before it. */
bool issuance_log_verify(int fd, const char *file, struct issuance_verdict *verdict, struct problems *problems);

#endif
