/* One HTTP request by libcurl's multi interface on a loop, to addresses that were resolved and judged before: libcurl
 * resolves nothing, follows no redirect, keeps no connection, reads no file, and may connect to no other address than
 * those that it was given.  Bounded in octets and in time.  One thread. */
#ifndef SLUICE_FETCH_TRANSFER_H
#define SLUICE_FETCH_TRANSFER_H

#include "base/addr.h"
#include "base/buffer.h"
#include "base/list.h"
#include "fetch/message.h"
#include "loop/loop.h"

struct transfers; /* libcurl on one loop */
struct transfer;

/* NULL when memory is out.  Before the process is confined. */
struct transfers *transfers_new(struct loop *loop);
/* After the last transfer was freed. */
void transfers_free(struct transfers *t);
/* The anchors that HTTPS is verified with, PEM; borrowed, must outlive every transfer. */
void transfers_set_trust(struct transfers *t, struct slice pem);

/* An URL, taken apart. */
struct transfer_url {
	char text[FETCH_TARGET_MAX + 1]; /* in libcurl's normal form */
	char host[256];                  /* without brackets */
	uint16_t port;
	bool is_https;
};

/* Reads an absolute http or https URL without user information.  `base` may be NULL; else a relative reference is
 * resolved against it.  False for everything else. */
bool transfer_url_parse(const char *text, const struct transfer_url *base, struct transfer_url *out);

/* Borrowed until the transfer is freed. */
struct transfer_request {
	const struct transfer_url *url;
	const struct addr *addrs; /* where to connect: these, and nowhere else */
	size_t addr_count;
	size_t bytes_max;
	unsigned timeout_ms; /* for the whole */
	bool allows_https;
	bool into_file;    /* the body goes into a memory file, not into the buffer */
	struct slice etag; /* conditional: of the copy at hand */
	struct slice last_modified;
};

struct transfer_result {
	enum fetch_status status; /* OK, NOT_MODIFIED, FAILED, TOO_LARGE, TIMEOUT, REFUSED */
	const char *error;        /* one sentence; NULL where nothing went wrong */
	const char *redirect;     /* FAILED because the server says to look elsewhere: where; else NULL */
	const char *etag;         /* NULL where the server gave none */
	const char *last_modified;
	struct slice body; /* unless it went into a file */
	size_t bytes;      /* that came */
};

/* Begins; on_done follows once, never from within this call, unless it is freed before.  The result is valid until the
 * transfer is freed, which on_done may do.  NULL when memory is out. */
struct transfer *transfer_start(struct transfers *t, const struct transfer_request *request, void *owner,
	void (*on_done)(void *owner, struct transfer *transfer, const struct transfer_result *result));
/* How much of the body has come, and how much there will be as the server says. */
struct fetch_progress transfer_progress(const struct transfer *transfer);
/* The memory file, sealed against every change; the caller's from now on.  -1 where there is none. */
int transfer_take_file(struct transfer *transfer);
void transfer_free(struct transfer *transfer);

#endif
