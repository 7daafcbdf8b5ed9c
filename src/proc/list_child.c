/* Processes that read lists.  See list_child.h. */
#include "proc/list_child.h"

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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "classify/archive_library.h"
#include "classify/list_store.h"

#define REPORT_MAX (16u << 10) /* bytes of what the process says */
#define COPY_FILE "new"
#define COPY_CHUNK (1u << 20)

/* ---- in the process ---- */

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

/* Signals as a program has them, and an end after a minute. */
static void
begin_process(const struct list_job *job, const char *user)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGALRM, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(LIST_CHILD_SECONDS_MAX);
	/* Where processors are short, traffic goes first. */
	setpriority(PRIO_PROCESS, 0, LIST_CHILD_NICENESS);
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	archive_library_load(); /* while files can be opened; who reads an archive says that it is not there */
	if (!give_up_powers(job, user))
		_exit(EXIT_FAILURE);
}

static void
report_and_exit(const struct list_child *c, const struct problems *problems, bool done)
{
	for (size_t i = 0; i < problems->count; i++) {
		char line[1024];

		problem_format(&problems->items[i], line, sizeof line);
		dprintf(c->report, "%s\n", line);
	}
	/* What was written lasts before it gets its name; a memory file cannot be synced, and need not. */
	if (done && *c->beside && fsync(c->out) < 0)
		_exit(EXIT_FAILURE);
	_exit(done ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Adds up what each list has given so far. */
struct adding {
	struct list_finding *finding;
	const char *list; /* at work */
	uint64_t before;  /* entries of those before it */
};

static void
note_progress(void *context, const char *list, uint64_t bytes, uint64_t entries)
{
	struct adding *a = context;

	if (list != a->list)
		a->before = a->finding->entries;
	a->list = list;
	a->finding->entries = a->before + entries;
	a->finding->bytes = bytes;
}

static void
compile_and_exit(const struct list_child *c, const struct list_job *job, const char *user)
{
	struct list_report *reports = calloc(job->count + 2, sizeof *reports);
	struct adding adding = {.finding = c->finding};
	struct list_job watched = *job;
	struct problems problems = {0};
	struct slice bytes = SLICE_EMPTY;
	bool done;

	begin_process(job, user);
	if (reports == NULL)
		_exit(EXIT_FAILURE);
	list_compile_inputs(job, &c->finding->total);
	watched.progress = note_progress;
	watched.context = &adding;
	done = list_compile(&watched, clock_realtime_ns() / 1000000000u, reports, &problems, &bytes);
	if (done)
		write_all(c->out, bytes);
	report_and_exit(c, &problems, done);
}

static void
copy_body(int from, int to)
{
	char *chunk = malloc(COPY_CHUNK);
	off_t at = 0;
	ssize_t n;

	while (chunk && (n = pread(from, chunk, COPY_CHUNK, at)) > 0) {
		write_all(to, slice_make(chunk, (size_t)n));
		at += n;
	}
	if (chunk == NULL || n < 0)
		_exit(EXIT_FAILURE);
	free(chunk);
}

static void
try_and_exit(const struct list_child *c, const struct list_job *job, const struct conf_list *list, const char *user,
	int body)
{
	struct adding adding = {.finding = c->finding};
	struct list_job watched = *job;
	struct list_report report;
	struct problems problems = {0};
	bool done;

	begin_process(job, user);
	copy_body(body, c->out);
	watched.progress = note_progress;
	watched.context = &adding;
	done = list_compile_try(&watched, list, body, &report, &problems);
	c->finding->entries = list_report_entries(&report);
	c->finding->skipped = list_report_skipped(&report);
	report_and_exit(c, &problems, done);
}

/* ---- in this process ---- */

static bool
begin(struct list_child *c)
{
	void *shared = mmap(NULL, sizeof *c->finding, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*c = (struct list_child){.out = -1, .report = memfd_create("report", MFD_CLOEXEC)};
	c->finding = shared != MAP_FAILED ? shared : NULL;
	if (c->finding && c->report >= 0)
		return true;
	list_child_release(c);
	return false;
}

static bool
start(struct list_child *c)
{
	if (c->out >= 0)
		c->pid = fork();
	if (c->pid < 0 || c->out < 0) {
		c->pid = 0;
		list_child_release(c);
		return false;
	}
	return true;
}

bool
list_child_compile(struct list_child *c, const struct list_job *job, const char *user)
{
	if (!begin(c))
		return false;
	if (list_job_path(job, LIST_TABLE_FILE, c->path, sizeof c->path) &&
		list_job_path(job, LIST_TABLE_FILE ".XXXXXX", c->beside, sizeof c->beside) &&
		(mkdir(job->folder, 0755) == 0 || errno == EEXIST))
		c->out = mkostemp(c->beside, O_CLOEXEC);
	if (c->out < 0) {
		c->beside[0] = '\0';
		c->out = memfd_create("categories", MFD_CLOEXEC);
	} else {
		fchmod(c->out, 0644);
	}
	if (!start(c))
		return false;
	if (c->pid == 0)
		compile_and_exit(c, job, user);
	return true;
}

bool
list_child_try(
	struct list_child *c, const struct list_job *job, const struct conf_list *list, const char *user, int body)
{
	char folder[4096];

	if (begin(c) && list_store_path(job->folder, list->name, "", folder, sizeof folder) &&
		list_store_path(job->folder, list->name, LIST_BODY_FILE, c->path, sizeof c->path) &&
		list_store_path(job->folder, list->name, COPY_FILE, c->beside, sizeof c->beside) &&
		(mkdir(job->folder, 0755) == 0 || errno == EEXIST) && (mkdir(folder, 0755) == 0 || errno == EEXIST)) {
		c->out = open(c->beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	}
	if (!start(c)) {
		close(body);
		return false;
	}
	if (c->pid == 0)
		try_and_exit(c, job, list, user, body);
	close(body);
	return true;
}

int
list_child_wait(const struct list_child *c)
{
	int status = -1;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

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

bool
list_child_ended(struct list_child *c, int status, struct problems *problems)
{
	c->pid = 0;
	add_report(c->report, problems);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		problems_add(problems, true, NULL, 0, 0, "compile them by hand: sluicectl lists compile",
			"the lists were not read within %d seconds", LIST_CHILD_SECONDS_MAX);
	else if (WIFSIGNALED(status))
		problems_add(problems, true, NULL, 0, 0, NULL, "the process that reads lists was ended by signal %d",
			WTERMSIG(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

int
list_child_open_result(const struct list_child *c)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", c->out);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int
list_child_keep(struct list_child *c)
{
	if (*c->beside == '\0')
		return 0;
	if (rename(c->beside, c->path) < 0)
		return -errno;
	c->beside[0] = '\0';
	return 0;
}

void
list_child_release(struct list_child *c)
{
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		list_child_wait(c);
	}
	if (*c->beside)
		unlink(c->beside);
	if (c->out >= 0)
		close(c->out);
	if (c->report >= 0)
		close(c->report);
	if (c->finding)
		munmap(c->finding, sizeof *c->finding);
	*c = (struct list_child){.out = -1, .report = -1};
}
