/* Who may do what.  See role.h. */
#include "proc/role.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

/* What every process of ours needs to live: memory, time, threads, randomness, its own end. */
#define CALLS_LIFE                                                                                                   \
	"read", "write", "readv", "writev", "close", "mmap", "munmap", "mremap", "mprotect", "madvise", "brk",       \
		"futex", "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", \
		"exit", "exit_group", "getrandom", "clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday",  \
		"time", "getpid", "gettid", "tgkill", "poll", "ppoll", "sendmsg", "recvmsg", "sendto",               \
		"restart_syscall", "sched_yield", "fstat", "newfstatat", "lseek", "fcntl", "getrusage", "mlock",     \
		"munlock"

static const char *const signer_calls[] = {CALLS_LIFE, "ftruncate", "fsync", "fdatasync", NULL};

static const char *const worker_calls[] = {CALLS_LIFE, "clone", "clone3", "sched_getaffinity", "prctl", "epoll_create1",
	"epoll_ctl", "epoll_wait", "epoll_pwait", "eventfd2", "accept4", "accept", "socket", "connect", "bind",
	"getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown", "recvfrom", "splice", "pipe2",
	"membarrier", "ftruncate", "pread64", "fsync", "fdatasync", "uname", "get_mempolicy", "statx", "sysinfo", "dup",
	NULL};

static const char *const fetcher_calls[] = {CALLS_LIFE, "epoll_ctl", "epoll_wait", "epoll_pwait", "socket", "connect",
	"bind", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown", "recvfrom", "recvmmsg",
	"sendmmsg", "memfd_create", "ioctl", "uname", "sysinfo", NULL};

/* It is handed its listening sockets, and makes none. */
static const char *const admin_calls[] = {CALLS_LIFE, "epoll_ctl", "epoll_wait", "epoll_pwait", "accept4", "recvfrom",
	"getsockopt", "setsockopt", "shutdown", NULL};

/* Netlink: hardware addresses of clients, and our own addresses. */
static const int worker_families[] = {AF_INET, AF_INET6, AF_NETLINK, 0};
/* Netlink: it asks the kernel which networks are its own, where nothing is fetched from. */
static const int fetcher_families[] = {AF_INET, AF_INET6, AF_NETLINK, 0};

const struct role_row roles[ROLE_COUNT] = {
	[ROLE_SUPERVISOR] = {"supervisor", supervisor_main, true, true, false, NULL, NULL},
	[ROLE_SIGNER] = {"signer", signer_main, false, false, true, signer_calls, NULL},
	[ROLE_WORKER] = {"worker", worker_main, false, false, false, worker_calls, worker_families},
	[ROLE_FETCHER] = {"fetcher", fetcher_main, false, false, false, fetcher_calls, fetcher_families},
	[ROLE_ADMIN] = {"admin", admin_main, false, false, false, admin_calls, NULL},
};

enum role
role_find(const char *name)
{
	int role = 0;

	while (role < ROLE_COUNT && strcmp(roles[role].name, name) != 0)
		role++;
	return (enum role)role;
}

void
role_ignore_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
}
