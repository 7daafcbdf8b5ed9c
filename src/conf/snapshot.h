/* One configuration, read and checked as a whole: plain fields, never changed again, shared by reference count.
 * It holds the settings; policy (groups, times, rules) is compiled from the same tree by policy/, and whoever wires
 * the program swaps both together.  A configuration with one mistake is no configuration: the old one stays. */
#ifndef SLUICE_CONF_SNAPSHOT_H
#define SLUICE_CONF_SNAPSHOT_H

#include "base/addr.h"
#include "base/diag.h"
#include "conf/parse.h"

#include <stdatomic.h>

struct conf_texts {
	const char *const *items;
	size_t count;
};

struct conf_ports {
	const uint16_t *items;
	size_t count;
};

struct conf_endpoints {
	const struct endpoint *items;
	size_t count;
};

struct conf_prefixes {
	const struct prefix *items;
	size_t count;
};

enum conf_steer { CONF_STEER_REDIRECT, CONF_STEER_TPROXY };
enum conf_on_failure { CONF_ON_FAILURE_OPEN, CONF_ON_FAILURE_CLOSED };
enum conf_unknown { CONF_UNKNOWN_PASS, CONF_UNKNOWN_BLOCK };
enum conf_bad_origin { CONF_BAD_ORIGIN_TLS_ERROR, CONF_BAD_ORIGIN_BLOCK_PAGE };
enum conf_tls_version { CONF_TLS_1_2, CONF_TLS_1_3 };
enum conf_ech { CONF_ECH_RETRY, CONF_ECH_BLOCK };
enum conf_record_format { CONF_RECORD_ECS, CONF_RECORD_SQUID, CONF_RECORD_COMBINED };
enum conf_record_urls { CONF_RECORD_URLS_FULL, CONF_RECORD_URLS_PATH, CONF_RECORD_URLS_HOST };
enum conf_crl { CONF_CRL_OFF, CONF_CRL_BACKGROUND };
enum conf_page_status { CONF_PAGE_403, CONF_PAGE_451 };
enum conf_youtube { CONF_YOUTUBE_OFF, CONF_YOUTUBE_MODERATE, CONF_YOUTUBE_STRICT };
enum conf_list_format {
	CONF_LIST_AUTO,
	CONF_LIST_SQUIDGUARD,
	CONF_LIST_HOSTS,
	CONF_LIST_PLAIN,
	CONF_LIST_WILDCARD,
	CONF_LIST_DNSMASQ,
	CONF_LIST_ADBLOCK,
	CONF_LIST_RPZ,
};

/* A `list NAME { ... }` block: categories come from it. */
struct conf_list {
	const char *name;
	const char *file; /* where it is configured */
	unsigned line;
	unsigned column;
	const char *path; /* NULL where the list has a url only */
	const char *url;  /* NULL where it is a file of somebody else's making */
	enum conf_list_format format;
	const char *category; /* NULL: the list's name, or the categories that the list itself names */
	uint64_t refresh_ns;
	bool expressions;
	bool allow; /* its hosts are in no category */
};

/* An `exception HOST { ... }` block: a certificate that is accepted in spite of one fault.  As words; tls/ reads them.
 */
struct conf_exception {
	const char *host;
	const char *file; /* where it is configured */
	unsigned line;
	unsigned column;
	const char *key; /* NULL where it is not set, as what follows */
	const char *fault;
	const char *until;
};

/* Strings and arrays live in the snapshot.  Durations are nanoseconds, sizes bytes. */
struct conf {
	const char *state_dir;
	const char *log_dir;
	const char *run_dir;
	const char *user;
	bool monitor;
	struct {
		struct conf_texts interface;
		struct conf_ports ports;
		enum conf_steer steer;
		enum conf_on_failure on_failure;
		enum conf_unknown unknown;
		struct addr listen;
		uint16_t redirect_port;
		uint16_t tproxy_port;
		bool install_rules;
		bool local;
		struct conf_prefixes exclude;
		uint32_t mark;
		bool prove_pass;
		unsigned threads; /* 0: one for each core */
	} gateway;
	struct {
		bool trust_system;
		struct conf_texts trust; /* files and folders beside the system's */
		const char *ct_logs;     /* NULL: certificates need not be logged */
		enum conf_bad_origin bad_origin;
		enum conf_tls_version min_version;
		enum conf_ech ech;
		struct conf_texts ech_public_names;
		bool origin_resume;
		unsigned leaf_days;
		uint64_t issuance_size;
		unsigned issuance_keep;
		unsigned leaf_cache;
		const char *ca_name;
		bool fetch_issuers;
		enum conf_crl crl;
		struct conf_prefixes fetch_from;
		uint64_t crl_max;
	} tls;
	struct {
		bool learn;
		unsigned refusals;
		uint64_t for_ns;
		unsigned max;
	} bypass;
	struct {
		bool codes;
		unsigned attempts;
		unsigned attempts_all;
	} override;
	struct {
		struct conf_endpoints listen; /* none: off */
		bool listen_is_default;       /* nobody has asked for it */
		struct conf_prefixes allow;
	} admin;
	struct {
		uint64_t max_header;
		unsigned max_fields;
		bool via;
		bool forwarded;
		bool pool;
		uint64_t pool_idle_ns;
		unsigned pool_per_origin;
	} http;
	struct {
		unsigned connections;
		unsigned per_client;
		uint64_t peek_ns;
		uint64_t connect_ns;
		uint64_t handshake_ns;
		uint64_t header_ns;
		uint64_t body_ns;
		unsigned body_rate;
		uint64_t idle_ns;
		uint64_t tunnel_idle_ns;
		uint64_t drain_ns;
	} limits;
	struct {
		enum conf_record_format format;
		const char *path; /* never NULL: access.json in log_dir where none is configured */
		enum conf_record_urls urls;
		unsigned queue;
	} record;
	struct {
		enum diag_level level;
		bool syslog;
	} log;
	struct {
		uint64_t bytes;
		uint64_t time_ns;
	} hold;
	struct {
		struct conf_texts users; /* files of users for addresses */
	} clients;
	struct {
		struct conf_texts phrases; /* phrase list files */
		const char *model;         /* NULL: no topics */
		struct conf_texts protect; /* names that others must not look like */
		uint64_t max_body;
		uint64_t decode_memory;
		unsigned decode_ratio;
	} content;
	struct {
		enum conf_page_status status;
		const char *templates; /* NULL: the built-in page */
		const char *contact;   /* NULL: no link that asks for review */
	} pages;
	struct {
		bool safe_search;
		enum conf_youtube youtube;
		struct conf_texts google_domains;
		struct conf_texts microsoft_tenants;
		const char *microsoft_context; /* NULL: none */
		bool microsoft_personal;
	} enforce;
	const struct conf_list *lists;
	size_t list_count;
	const struct conf_exception *exceptions;
	size_t exception_count;

	struct arena arena; /* all of the above; nobody else's */
	atomic_uint references;
};

/* Checks the settings of a tree and builds the snapshot, which keeps nothing of the tree.  Mistakes and warnings
 * are added to problems; NULL when there was a mistake or memory is out.  The caller owns one reference. */
struct conf *conf_build(const struct conf_tree *tree, struct problems *problems);
/* One more reference; any thread.  Returns conf. */
struct conf *conf_share(struct conf *conf);
/* Gives one reference back and frees with the last; any thread; NULL is allowed. */
void conf_release(struct conf *conf);
/* Adds a warning for each setting that differs and only takes effect when the daemon starts again. */
void conf_warn_restart(const struct conf *running, const struct conf *wanted, struct problems *problems);

#endif
