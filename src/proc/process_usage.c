/* proc(5).  See process_usage.h. */
#include "proc/process_usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel says how many there are since Linux 6.2; before that the names are counted. */
static void
count_files(pid_t pid, struct process_usage *usage)
{
	char path[64];
	struct stat st;
	const struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	if (stat(path, &st) == 0 && st.st_size > 0) {
		usage->has_files = true;
		usage->open_files = (uint64_t)st.st_size;
		return;
	}
	folder = opendir(path);
	if (folder == NULL)
		return;
	usage->has_files = true;
	while ((entry = readdir(folder)) != NULL)
		usage->open_files += entry->d_name[0] != '.';
	closedir(folder);
}

bool
process_usage_read(pid_t pid, struct process_usage *usage)
{
	char path[64], text[1024];
	const char *rest;
	unsigned long long tick = 1000000000ull / (unsigned long long)sysconf(_SC_CLK_TCK);
	unsigned long long user = 0, kernel = 0;
	long long pages = 0;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof text - 1);
		close(fd);
	}
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* The name stands in parentheses and may hold anything; fields 14, 15 and 24 count from before it. */
	rest = strrchr(text, ')');
	if (rest == NULL ||
		sscanf(rest + 1,
			" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %*u %lld",
			&user, &kernel, &pages) != 3)
		return false;
	*usage = (struct process_usage){
		.cpu_ns = (user + kernel) * tick,
		.rss_bytes = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE),
	};
	count_files(pid, usage);
	return true;
}
