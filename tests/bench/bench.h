/* What the measuring programs share.  Times are of the thread's own CPU: other work on the machine disturbs them less.
 */
#ifndef SLUICE_TESTS_BENCH_H
#define SLUICE_TESTS_BENCH_H

#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BENCH_FILE_MAX (256u << 20)

static inline uint64_t
bench_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* A file's bytes (the first 256 MiB), never freed; ends the program where it cannot be read. */
static inline struct slice
bench_read(const char *path)
{
	char *bytes = malloc(BENCH_FILE_MAX);
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL || bytes == NULL) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	n = fread(bytes, 1, BENCH_FILE_MAX, f);
	fclose(f);
	bytes = realloc(bytes, n + 1);
	return slice_make(bytes, n);
}

static inline double
bench_mb_per_s(size_t bytes, uint64_t ns)
{
	return (double)bytes * 1e3 / (double)ns;
}

#endif
