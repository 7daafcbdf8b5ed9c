/* What `sluicectl status` and `sluicectl flows` show: plain values that the daemon's parts fill in, and their JSON.
 * The names of the JSON are written here and in ctl/ only. */
#ifndef SLUICE_ADMIN_STATUS_H
#define SLUICE_ADMIN_STATUS_H

#include "base/addr.h"

#include <jansson.h>
#include <sys/types.h>

struct status_process {
	const char *role;  /* supervisor, signer, worker, gate */
	const char *state; /* running, starting, restarting, stopped */
	pid_t pid;
	unsigned restarts;
	uint64_t cpu_ns; /* user and system */
	uint64_t rss_bytes;
};

/* A figure that only grows, or a level. */
struct status_counter {
	const char *name; /* as in the metrics, without "sluice_" */
	uint64_t value;
};

struct status {
	const char *version;
	uint64_t uptime_ns;
	unsigned generation; /* of the configuration: 1 at the start, one more with each reload */
	const char *conf_path;
	const char *steer;      /* redirect, tproxy, off */
	const char *on_failure; /* open, closed */
	bool rules_installed;
	const char *ca_fingerprint; /* SHA-256 in hexadecimal; NULL where there is no CA */
	uint64_t ca_expires_ns;     /* since 1970; 0: unknown */
	const struct status_process *processes;
	size_t process_count;
	const struct status_counter *counters;
	size_t counter_count;
};

/* One live session. */
struct status_flow {
	uint64_t session;
	uint64_t started_ns; /* since 1970 */
	struct endpoint client;
	struct endpoint origin;
	struct slice site;     /* the SNI or the host, as far as known */
	struct slice protocol; /* http/1.1, h2, tls, unknown */
	struct slice action;   /* pass, inspect, block */
	struct slice step;
	struct slice rule;
	uint64_t exchanges;
	uint64_t client_bytes;
	uint64_t origin_bytes;
};

/* New references; NULL when memory is out.  Texts that are not UTF-8 are mended. */
json_t *status_to_json(const struct status *s);
json_t *status_flow_to_json(const struct status_flow *f);

/* CPU time and resident memory of a process, from /proc; false where it is gone. */
bool status_read_process(pid_t pid, struct status_process *p);

#endif
