/* The fetcher's work: questions come, are joined with equal ones under way, wait for their turn, and are answered once.
 * What may be fetched for whom is decided here: certificates' URLs by the rules of tls/aia.h (plain HTTP, port 80, no
 * redirect, the Internet or what the administrator allows), filter lists by the administrator's word.  One thread. */
#ifndef SLUICE_FETCH_SERVER_H
#define SLUICE_FETCH_SERVER_H

#include "fetch/message.h"
#include "loop/loop.h"

#define FETCH_RUNNING_MAX 32  /* transfers at once */
#define FETCH_WAITING_MAX 256 /* for their turn */
#define FETCH_NAMES_MAX 512   /* names asked for at once */
#define FETCH_ASKERS_MAX 1024 /* of one question */
#define FETCH_REDIRECTS_MAX 5 /* of a filter list; nothing else is redirected */
#define FETCH_ISSUER_MS 2000
#define FETCH_CRL_MS 10000
#define FETCH_LIST_MS 600000
#define FETCH_LIST_BYTES_MAX ((size_t)512 << 20)

/* Names of the blobs of a bundle (ipc/bundle.h) with the fetcher's settings. */
#define FETCH_BLOB_RESOLV_CONF "resolv.conf"
#define FETCH_BLOB_HOSTS "hosts"
#define FETCH_BLOB_TRUST "trust"     /* PEM; as many as there are */
#define FETCH_BLOB_ALLOWED "allowed" /* prefixes, one a line */
#define FETCH_BLOB_CRL_MAX "crl-max" /* octets, decimal */

struct fetch_server;
struct bundle;

/* Who gets an answer.  `answer` is a payload of IPC_FETCHED; `fd`, where it is not -1, is borrowed.
 * Called from within the server, which it must not call. */
struct fetch_asker {
	void *channel;
	uint32_t id;
};

typedef void fetch_reply(struct fetch_asker asker, struct slice answer, int fd);

/* NULL when memory is out.  Before the process is confined. */
struct fetch_server *fetch_server_new(struct loop *loop, fetch_reply *reply);
void fetch_server_free(struct fetch_server *s);
/* Takes settings from a bundle; what it does not name is as at the start.  False where something in it is wrong: then
 * nothing is fetched until better ones come. */
bool fetch_server_configure(struct fetch_server *s, const struct bundle *bundle);
/* Answers later, or at once.  `payload` is that of IPC_FETCH.  False where it is no question, or one that this asker
 * may not ask: then the asker is not itself any more. */
bool fetch_server_ask(struct fetch_server *s, struct fetch_asker asker, bool may_ask_for_lists, struct slice payload);
/* This channel is gone: nobody there is answered any more. */
void fetch_server_forget(struct fetch_server *s, const void *channel);
typedef void fetch_tell(struct fetch_asker asker, struct fetch_progress progress);
/* Tells everybody who waits for a filter list how far it is.  False where nobody does. */
bool fetch_server_tell_progress(const struct fetch_server *s, fetch_tell *tell);
struct fetch_counts fetch_server_counts(const struct fetch_server *s);

#endif
