/* The table of categories for the bundle.  See lists.h. */
#include "proc/lists.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "classify/category_file.h"
#include "classify/list_compile.h"
#include "policy/path.h"
#include "proxy/generation.h"

#define COMPILE_SECONDS_MAX 60
#define REPORT_MAX (16u << 10) /* bytes of what the compiler says */

/* ---- in the compiler's process ---- */

/* Adds what is below the path to what may still be read; a path that is not there needs no rule. */
static bool
let_read(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr beneath = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};
	struct stat st;
	bool done;

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return errno == ENOENT;
	if (fstat(beneath.parent_fd, &st) == 0 && S_ISDIR(st.st_mode))
		beneath.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	done = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
	close(beneath.parent_fd);
	return done;
}

/* From here on the lists may be read, and nothing else; false where the kernel cannot do that. */
static bool
confine_to_lists(const struct list_job *job)
{
	const struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
				     LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	bool done = ruleset >= 0 && let_read(ruleset, job->folder);

	for (size_t i = 0; i < job->count && done; i++)
		done = job->lists[i].path == NULL || let_read(ruleset, job->lists[i].path);
	done = done && syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
	if (ruleset >= 0)
		close(ruleset);
	return done;
}

/* Lists may lie where only root reads.  So root keeps the capability to read, and that alone, where the kernel confines
 * it to the lists; otherwise nothing, and the user must be able to read them. */
static bool
give_up_powers(const struct list_job *job, const char *user)
{
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	bool is_root = geteuid() == 0, is_confined;

	if (pw == NULL)
		pw = getpwnam("nobody");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return false;
	is_confined = confine_to_lists(job);
	if (!is_root)
		return true;
	if (pw == NULL || pw->pw_uid == 0)
		return false;
	capng_clear(CAPNG_SELECT_BOTH);
	if (is_confined)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_READ_SEARCH);
	return capng_change_id((int)pw->pw_uid, (int)pw->pw_gid, CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING) == 0;
}

static void
write_all(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n <= 0)
			_exit(EXIT_FAILURE);
		bytes = slice_sub(bytes, (size_t)n, bytes.len);
	}
}

/* Writes the table to one memory file and what there is to say to the other; never returns. */
static void
compile_and_exit(const struct list_job *job, const char *user, int table_fd, int report_fd)
{
	struct list_report *reports = calloc(job->count + 2, sizeof *reports);
	struct problems problems = {0};
	struct slice bytes = SLICE_EMPTY;
	sigset_t alarms;
	bool done;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	signal(SIGALRM, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	alarm(COMPILE_SECONDS_MAX);
	if (reports == NULL || !give_up_powers(job, user))
		_exit(EXIT_FAILURE);
	done = list_compile(job, clock_realtime_ns() / 1000000000u, reports, &problems, &bytes);
	for (size_t i = 0; i < problems.count; i++) {
		char line[1024];

		problem_format(&problems.items[i], line, sizeof line);
		dprintf(report_fd, "%s\n", line);
	}
	if (done)
		write_all(table_fd, bytes);
	_exit(done ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* ---- in this process ---- */

static void
add_report(int fd, struct problems *problems)
{
	static char text[REPORT_MAX];
	ssize_t n = pread(fd, text, sizeof text, 0);
	struct slice rest = slice_make(text, n > 0 ? (size_t)n : 0), line;

	while (rest.len && slice_split(&rest, '\n', &line))
		if (line.len)
			problems_add(problems, true, NULL, 0, 0, NULL, "%.*s", SLICE_ARG(line));
}

/* Adds what was compiled to the bundle and keeps it for the next time. */
static bool
take_table(struct bundle_writer *w, int fd, const struct list_job *job)
{
	char path[4096];
	struct stat st;
	struct slice bytes;
	void *map;

	if (fstat(fd, &st) < 0 || st.st_size == 0)
		return false;
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return false;
	bytes = slice_make(map, (size_t)st.st_size);
	bundle_add(w, SLICE(BLOB_CATEGORIES), bytes);
	/* Where it cannot be kept, it is compiled again. */
	if (list_job_path(job, LIST_TABLE_FILE, path, sizeof path) &&
		(mkdir(job->folder, 0755) == 0 || errno == EEXIST))
		category_table_save(bytes, path);
	munmap(map, bytes.len);
	return true;
}

static bool
compile(struct bundle_writer *w, const struct list_job *job, const char *user, struct problems *problems)
{
	int table_fd = memfd_create("categories", MFD_CLOEXEC), report_fd = memfd_create("report", MFD_CLOEXEC);
	int status = -1;
	bool done = false;
	pid_t child;

	if (table_fd < 0 || report_fd < 0)
		goto out;
	child = fork();
	if (child == 0)
		compile_and_exit(job, user, table_fd, report_fd);
	if (child < 0)
		goto out;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	add_report(report_fd, problems);
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS)
		done = take_table(w, table_fd, job);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		problems_add(problems, true, NULL, 0, 0, "compile them by hand: sluicectl lists compile",
			"the lists were not compiled within %d seconds", COMPILE_SECONDS_MAX);
out:
	if (table_fd >= 0)
		close(table_fd);
	if (report_fd >= 0)
		close(report_fd);
	return done;
}

void
lists_add_table(struct bundle_writer *w, const struct conf *conf, struct problems *problems)
{
	char folder[4000], path[4096];
	struct list_job job = {
		.lists = conf->lists, .count = conf->list_count, .folder = folder, .path_form = policy_path};
	struct category_file last = {.map = NULL};
	uint64_t size;

	if (conf->list_count == 0 ||
		snprintf(folder, sizeof folder, "%s/lists", conf->state_dir) >= (int)sizeof folder ||
		!list_job_path(&job, LIST_TABLE_FILE, path, sizeof path))
		return;
	if ((category_file_open(&last, path) != NULL || last.table.inputs != list_compile_inputs(&job, &size)) &&
		compile(w, &job, conf->user, problems))
		goto out;
	if (last.map == NULL) {
		problems_add(problems, true, NULL, 0, 0, "see: sluicectl lists compile",
			"there is no table of categories in %s", folder);
		goto out;
	}
	if (last.table.inputs != list_compile_inputs(&job, &size))
		problems_add(problems, true, NULL, 0, 0, "see: sluicectl lists compile",
			"the lists have changed and cannot be compiled; the last table stays");
	bundle_add(w, SLICE(BLOB_CATEGORIES), slice_make(last.map, last.size));
out:
	category_file_close(&last);
}
