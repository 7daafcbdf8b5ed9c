/* Starting processes and starting them again.  See child.h. */
#include "proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ipc/channel.h"

#define ARGUMENTS_MAX 16
#define QUICK_NS 1000000000u
#define BACK_OFF_FIRST_NS 100000000u
#define BACK_OFF_LAST_NS 10000000000u

void
child_init(struct child *c, enum role role)
{
	*c = (struct child){.role = role, .channel = -1};
}

/* What libraries do on the word of a variable (other roots, a file for secrets, a proxy) they do in no process of ours.
 */
static char **
reduced_environment(void)
{
	static const char *const kept[] = {"ASAN_OPTIONS=", "LSAN_OPTIONS=", "UBSAN_OPTIONS=", "TZ="};
	static char *reduced[sizeof kept / sizeof kept[0] + 1];
	size_t count = 0;

	for (char **variable = environ; *variable; variable++)
		for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
			if (strncmp(*variable, kept[i], strlen(kept[i])) == 0 && count < sizeof kept / sizeof kept[0])
				reduced[count++] = *variable;
	reduced[count] = NULL;
	return reduced;
}

static void
child_exec(enum role role, int channel, char **argv, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The supervisor is what holds our powers in bounds: without it nobody runs. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(71);
	if (channel == ROLE_CHANNEL_FD)
		fcntl(channel, F_SETFD, 0);
	else if (dup2(channel, ROLE_CHANNEL_FD) < 0)
		_exit(71);
	if (close_range(ROLE_CHANNEL_FD + 1, ~0u, 0) < 0)
		_exit(71);
	execve("/proc/self/exe", argv, reduced_environment());
	diag(DIAG_ERROR, roles[role].name, "cannot be started: %s", strerror(errno));
	_exit(71);
}

int
child_start(struct child *c, const char *const *arguments)
{
	char *argv[ARGUMENTS_MAX + 4];
	char name[64];
	int ends[2], error, n = 0;
	pid_t parent = getpid();

	snprintf(name, sizeof name, "sluiced: %s", roles[c->role].name);
	argv[n++] = name;
	argv[n++] = (char *)"--role";
	argv[n++] = (char *)(uintptr_t)roles[c->role].name;
	for (int i = 0; arguments[i] && i < ARGUMENTS_MAX; i++)
		argv[n++] = (char *)(uintptr_t)arguments[i];
	argv[n] = NULL;
	error = ipc_pair(ends);
	if (error)
		return error;
	c->pid = fork();
	if (c->pid == 0)
		child_exec(c->role, ends[1], argv, parent);
	close(ends[1]);
	if (c->pid < 0) {
		error = -errno;
		close(ends[0]);
		c->pid = 0;
		return error;
	}
	c->channel = ends[0];
	c->started = clock_monotonic_ns();
	c->started_real = clock_realtime_ns();
	return 0;
}

uint64_t
child_ended(struct child *c, int status)
{
	uint64_t delay;

	if (WIFSIGNALED(status))
		diag(DIAG_WARNING, roles[c->role].name, "process %d was ended by signal %d (%s)", (int)c->pid,
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		diag(DIAG_WARNING, roles[c->role].name, "process %d ended with status %d", (int)c->pid,
			WEXITSTATUS(status));
	if (c->channel >= 0)
		close(c->channel);
	c->channel = -1;
	c->pid = 0;
	c->restarts++;
	if (clock_monotonic_ns() - c->started >= QUICK_NS)
		c->quick_deaths = 0;
	else
		c->quick_deaths++;
	if (c->quick_deaths == 0)
		return 0;
	delay = (uint64_t)BACK_OFF_FIRST_NS << (c->quick_deaths < 8 ? c->quick_deaths - 1 : 7);
	return delay < BACK_OFF_LAST_NS ? delay : BACK_OFF_LAST_NS;
}

bool
child_connect(const struct child *from, enum ipc_type type, const struct child *to, unsigned count)
{
	int ends[2], kept[IPC_FDS_MAX] = {-1};
	unsigned made = 0;
	bool done = true;

	while (done && made < count) {
		done = ipc_pair(ends) == 0;
		if (!done)
			break;
		kept[made++] = ends[0];
		done = ipc_send(to->channel, IPC_CHANNEL, 0, SLICE_EMPTY, &ends[1], 1) == 0;
		close(ends[1]);
	}
	if (done)
		done = ipc_send(from->channel, type, 0, SLICE_EMPTY, kept, made) == 0;
	for (unsigned i = 0; i < made; i++)
		close(kept[i]);
	if (!done)
		diag(DIAG_ERROR, "supervisor", "%s and %s cannot be connected: %s", roles[from->role].name,
			roles[to->role].name, strerror(errno));
	return done;
}

void
child_signal(const struct child *c, int signal_number)
{
	if (c->pid > 0)
		kill(c->pid, signal_number);
}
