/* What a process uses, from proc(5). */
#ifndef SLUICE_PROC_PROCESS_USAGE_H
#define SLUICE_PROC_PROCESS_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process_usage {
	uint64_t cpu_ns; /* of all its threads, user and system */
	uint64_t rss_bytes;
	bool has_files; /* false where they are hidden from us: an unprivileged daemon sees its own alone */
	uint64_t open_files;
};

/* False where the process has gone, or is hidden from us. */
bool process_usage_read(pid_t pid, struct process_usage *usage);

#endif
