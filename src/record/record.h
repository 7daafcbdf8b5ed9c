/* A record is what is written of one exchange, or of one passed or blocked flow: plain values that the caller
 * borrows to it for as long as a format renders it.  This file knows the values and their names (Elastic Common
 * Schema where it has one, "sluice." where not); formats turn them into lines, queues and the writer carry those.
 * A value that is empty or zero is "not known" and is left out, where zero is not a figure by itself. */
#ifndef SLUICE_RECORD_RECORD_H
#define SLUICE_RECORD_RECORD_H

#include "base/addr.h"

/* No text in a record is longer than its field's `max` below; what is longer ends with U+2026. */
#define RECORD_TEXT_MAX 512
#define RECORD_URL_MAX 4096
#define RECORD_LIST_MAX 16
/* No line of any format is longer than this. */
#define RECORD_LINE_MAX (512u << 10)

/* rule.reason and sluice.close of what was read, or refused, since its name hides another (RFC 9849 section 8.1.2). */
#define RECORD_REASON_HIDDEN_NAME "ECH under a public name"

enum record_kind {
	RECORD_EXCHANGE, /* a request and its answer */
	RECORD_FLOW,     /* a connection that was tunnelled or refused */
	RECORD_KINDS
};

enum record_action { RECORD_PASS, RECORD_INSPECT, RECORD_BLOCK, RECORD_ACTIONS };

/* How much of a URL is kept.  Userinfo never is. */
enum record_urls {
	RECORD_URLS_FULL,
	RECORD_URLS_PATH, /* without the query and the fragment */
	RECORD_URLS_HOST, /* https://host:port/ */
	RECORD_URLS_COUNT
};

/* The names of these values, as the configuration and the formats write them. */
extern const char *const record_kind_names[RECORD_KINDS];
extern const char *const record_action_names[RECORD_ACTIONS];
extern const char *const record_urls_names[RECORD_URLS_COUNT];

struct record_texts {
	const struct slice *items; /* borrowed */
	size_t count;              /* at most RECORD_LIST_MAX are written */
};

/* One direction of an exchange: what was found in its body, and how much of it there was to be found in. */
struct record_body {
	struct slice type;              /* by content, not by label; of several parts, the first */
	struct record_texts more_types; /* of further parts */
	uint64_t score;                 /* of the phrases */
	struct slice phrases;           /* banned, excepted: what was found makes the score of no matter */
	struct slice topic;
	uint64_t topic_score;       /* per cent */
	struct record_texts topics; /* "sports=60": all of them, where the first is not the only one */
	struct slice unread;        /* why it could not be read to its end */
	struct slice seen;          /* whole, enough, part, empty, stream: how much rules could see; without: nothing */
	uint64_t size;              /* bytes, where they are known and were not all carried */
	uint64_t size_so_far;       /* bytes that came, where the size is not known */
};

struct record {
	enum record_kind kind;
	enum record_action action;
	uint64_t started_ns; /* since 1970 */
	uint64_t duration_ns;

	struct endpoint client;
	struct slice client_mac; /* 02:00:00:aa:bb:cc */
	struct endpoint origin;  /* the client's original destination */
	struct slice user;
	struct record_texts user_roles; /* the user's groups */
	struct slice group;             /* the policy's group that the client was found in */

	struct slice protocol; /* of the flow: http, tls, unknown, silent */
	struct slice url;      /* absolute; redacted while it is written */
	struct slice domain;   /* the host alone, normalized */
	struct slice method;
	struct slice http_version; /* "1.1", "2" */
	uint64_t status;
	uint64_t request_body_bytes;
	uint64_t response_body_bytes;
	struct slice mime_type; /* as the origin labelled it, without parameters */
	struct slice referrer;  /* redacted like url */
	struct slice user_agent;
	uint64_t client_bytes; /* of a tunnel: from the client */
	uint64_t origin_bytes; /* of a tunnel: from the origin */

	struct slice tls_version; /* "1.3", of the client's side where it was inspected */
	struct slice tls_cipher;
	struct slice server_name;
	struct slice ja4;
	struct slice next_protocol;
	bool tls_resumed;

	struct slice rule_id;   /* "policy:7", or what the evaluator calls it */
	struct slice rule_verb; /* what the rule says; "warn" shows as action block */
	struct slice rule_category;
	struct slice rule_reason;
	struct record_texts monitor; /* rules that would have decided, had they not been only watched */

	uint64_t session;
	uint64_t exchange;   /* from 1 within the session */
	struct slice step;   /* where a session or exchange ended that did not end well */
	struct slice close;  /* why it ended */
	struct slice verify; /* why the origin's certificate was refused, "excepted", or "ok" */
	struct slice key;    /* of a refused or excepted certificate: sha256: and the digest of its public key */
	struct slice error;
	struct slice answer;          /* what the proxy answered by itself: page, redirect, alert, reset */
	struct slice warning;         /* shown, followed, accepted: how far a client got with the warning of the rule */
	uint64_t override_id;         /* of the code that let it through, or that was sent */
	struct slice override_rule;   /* that was set aside, or was to be */
	struct slice override_result; /* of a code that was sent: used, refused, mistyped, limited */
	struct record_texts enforced; /* what the request was made to ask for: safe-search, youtube, ... */
	struct record_body body;      /* of the response */
	struct record_body sent;      /* of the request */
	bool sent_chunked;            /* it did not say how large its body would be */
	struct slice evidence;        /* what made the score; of the request where that is why it was stopped */
	struct slice search;          /* the search terms, in lower case */
	struct slice suspicion;       /* what the name's shape suggests */
	struct slice application;     /* what is spoken inside HTTP: websocket, grpc */
	bool brief;                   /* only the host is written, whatever the setting says */
	uint64_t client_frames;       /* WebSocket messages */
	uint64_t origin_frames;
	uint64_t held_bytes;
	uint64_t held_ns;
	uint64_t dial_ns;        /* to an origin connection that can carry the request */
	uint64_t wait_ns;        /* from the request's end to the answer's first byte */
	struct slice origin_ja4; /* of our own ClientHello */
	bool pq_downgrade;       /* the client asked for a hybrid group, and one leg is without */
	bool ech;                /* the ClientHello carried encrypted_client_hello */
	bool truncated;          /* the body ended before its framing said so */
	bool origin_reused;
	bool origin_resumed;
	struct slice
		pass_proof;  /* dns, certificate, none: whether the destination is that of the name that is passed */
	bool untrusted_leaf; /* the client was shown the issuer that nobody trusts */
};

enum record_type {
	RECORD_TYPE_TEXT,
	RECORD_TYPE_TEXTS,
	RECORD_TYPE_URL,
	RECORD_TYPE_U64,
	RECORD_TYPE_FLAG,
	RECORD_TYPE_TIME,
	RECORD_TYPE_ADDR, /* of a struct endpoint */
	RECORD_TYPE_PORT, /* of a struct endpoint */
	RECORD_TYPE_NAME, /* an enum; names[] */
};

/* When a value of zero or no length is written nevertheless. */
enum record_presence {
	RECORD_IF_SET,
	RECORD_ALWAYS,
	RECORD_OF_EXCHANGE,
	RECORD_OF_FLOW,
};

struct record_field {
	struct slice key;
	enum record_type type;
	enum record_presence presence;
	size_t offset; /* in struct record */
	const char *const *names;
	const char *help;
};

/* All fields, in the order in which they are written. */
extern const struct record_field record_fields[];
extern const size_t record_field_count;
/* NULL where no field has this key. */
const struct record_field *record_field_find(struct slice key);

/* What stays of a URL: the first piece and then the second.  It borrows from url and from constants. */
struct record_url {
	struct slice first;
	struct slice second;
};
struct record_url record_url_redact(struct slice url, enum record_urls keep);

#endif
