/* The supervisor's side of the fetcher: starts it and starts it again, gives it its settings and its lines to the
 * worker's threads, and lets other parts of the supervisor have filter lists fetched.
 *
 * To fetch a list, embed a struct list_fetch in whatever stands for the list:
 *
 *     list_fetch_init(&list->fetch, on_fetched);
 *     list->fetch.url = ...; list->fetch.etag = ...; list->fetch.last_modified = ...;   as stored with the last good
 * copy fetches_start(&s->fetches, &list->fetch);
 *
 * on_fetched() follows once, from the supervisor's loop, never from within fetches_start(); also where the fetcher dies
 * or is not there.  One fetch at a time for each struct.  Retrying, and when, is the caller's business.  The body is in
 * a memory file that is sealed against every change: map it, read it, close it. */
#ifndef SLUICE_PROC_FETCHES_H
#define SLUICE_PROC_FETCHES_H

#include "base/buffer.h"
#include "fetch/message.h"
#include "loop/loop.h"
#include "proc/child.h"

struct supervisor;

struct list_fetched {
	enum fetch_status status;   /* FETCH_OK, FETCH_NOT_MODIFIED, or why not */
	int fd;                     /* FETCH_OK: the body, at most 512 MiB; the callee's to close; else -1 */
	struct slice etag;          /* for the next time; empty where the server gave none; valid during the call */
	struct slice last_modified; /* likewise */
	struct slice error;         /* one sentence for people, where it went wrong */
};

/* Embedded in whoever asks. */
struct list_fetch {
	struct list_node node;
	uint32_t id;
	bool is_sent;
	struct fetch_progress progress; /* while it is under way; for who wants to know */
	/* Borrowed while the fetch is under way. */
	const char *url;           /* http or https; redirects (at most 5) are followed, never from https to http */
	const char *etag;          /* of the copy at hand; NULL where there is none */
	const char *last_modified; /* likewise */
	void (*on_done)(struct list_fetch *fetch, const struct list_fetched *result);
};

struct fetches {
	struct supervisor *supervisor;
	struct loop *loop;
	struct child child;
	struct loop_fd channel;
	struct loop_timer restart;
	struct loop_timer watch; /* looks whether resolv.conf or hosts have changed */
	struct loop_task fail;   /* tells those who cannot be served */
	struct list_node jobs;   /* struct list_fetch */
	uint32_t next_id;
	char *buffer;               /* one message */
	bool is_ready;              /* it was given its settings */
	int64_t files_changed;      /* when resolv.conf and hosts were, as far as it was told */
	struct fetch_counts counts; /* of this fetcher, as it said last */
	struct fetch_counts past;   /* of those that have ended, as they said last */
};

/* False when memory is out.  Nothing is started yet. */
bool fetches_init(struct fetches *f, struct supervisor *s);
/* Starts the fetcher. */
void fetches_begin(struct fetches *f);
/* The worker was started: gives each of its threads, and its main thread, a line to the fetcher. */
void fetches_connect_worker(struct fetches *f);
/* The configuration that is in force has changed. */
void fetches_reconfigure(struct fetches *f);
/* The child has ended; it is started again after a while. */
void fetches_ended(struct fetches *f, int status);
/* Ends the process and tells all who wait. */
void fetches_release(struct fetches *f);

void list_fetch_init(struct list_fetch *fetch, void (*on_done)(struct list_fetch *, const struct list_fetched *));
/* See the top of this file.  Texts longer than fetch/message.h allows are answered by FETCH_REFUSED. */
void fetches_start(struct fetches *f, struct list_fetch *fetch);
/* on_done is not called any more; harmless where nothing is under way. */
void list_fetch_cancel(struct list_fetch *fetch);

#endif
