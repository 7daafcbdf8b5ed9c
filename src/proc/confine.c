/* Giving up powers.  See confine.h. */
#include "config.h"

#include "proc/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/diag.h"

static bool
failed(enum role role, const char *what, int error)
{
	diag(DIAG_ERROR, roles[role].name, "cannot be confined: %s: %s", what, strerror(error));
	return false;
}

static bool
become_user(enum role role, const char *user)
{
	const struct passwd *pw = user ? getpwnam(user) : NULL;

	if (geteuid() != 0)
		return true;
	if (pw == NULL)
		pw = getpwnam("nobody");
	if (pw == NULL || pw->pw_uid == 0)
		return failed(role, "no unprivileged user; create the user \"sluice\"", ENOENT);
	if (setgroups(0, NULL) < 0 || setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
		setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0)
		return failed(role, "change of user", errno);
	return true;
}

#ifndef WITH_SANITIZERS
/* Nothing may be opened, made, removed or executed any more: a ruleset that handles everything and allows nothing. */
static bool
forbid_files(enum role role)
{
	struct landlock_ruleset_attr attr = {0};
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int fd;
	bool done;

	if (version < 1) {
		diag(DIAG_INFO, roles[role].name, "this kernel has no landlock; files are forbidden by seccomp alone");
		return true;
	}
	attr.handled_access_fs =
		LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
		LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
		LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
		LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		LANDLOCK_ACCESS_FS_MAKE_SYM;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr.handled_access_fs, 0);
	if (fd < 0)
		return failed(role, "landlock", errno);
	done = syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (!done)
		failed(role, "landlock", errno);
	close(fd);
	return done;
}

/* What a call may be asked for, where its name alone says too little: no memory that can be executed, no namespaces (an
 * unprivileged one opens much of the kernel), no sockets of other families.  Bits of an argument that must be zero. */
static const struct {
	const char *call;
	unsigned argument;
	uint64_t forbidden;
} bounds[] = {
	{"mmap", 2, PROT_EXEC},
	{"mprotect", 2, PROT_EXEC},
	{"clone", 0,
		CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
			CLONE_NEWNET},
};

static int
allow_sockets(scmp_filter_ctx filter, const int *families)
{
	int error = 0;

	for (const int *family = families; family && *family && error == 0; family++)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)*family));
	return error;
}

static int
allow_call(scmp_filter_ctx filter, enum role role, const char *call)
{
	int number = seccomp_syscall_resolve_name(call);

	if (number == __NR_SCMP_ERROR)
		return 0; /* not on this architecture */
	if (strcmp(call, "socket") == 0)
		return allow_sockets(filter, roles[role].families);
	/* Its flags lie in memory, where no filter sees them; the C library then takes clone. */
	if (strcmp(call, "clone3") == 0)
		return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), number, 0);
	for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++)
		if (strcmp(bounds[i].call, call) == 0)
			return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1,
				SCMP_CMP(bounds[i].argument, SCMP_CMP_MASKED_EQ, bounds[i].forbidden, 0));
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
}

static bool
forbid_system_calls(enum role role)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	bool done = false;
	int error = 0;

	if (filter == NULL)
		return failed(role, "seccomp", ENOMEM);
	for (const char *const *call = roles[role].syscalls; *call; call++) {
		error = allow_call(filter, role, *call);
		if (error)
			goto out;
	}
	/* What only an intruder would try ends the process. */
	seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve), 0);
	seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat), 0);
	seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(ptrace), 0);
	seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	error = seccomp_load(filter);
	done = error == 0;
out:
	if (error)
		failed(role, "seccomp", -error);
	seccomp_release(filter);
	return done;
}
#endif

bool
confine(enum role role, const char *user)
{
	const struct role_row *row = &roles[role];
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) < 0)
		return failed(role, "core dumps", errno);
	if (row->keeps_root)
		return true;
#ifndef WITH_SANITIZERS
	/* Best effort: a small RLIMIT_MEMLOCK must not keep the proxy from running. */
	if (row->locks_memory && mlockall(MCL_CURRENT | MCL_FUTURE) < 0) {
		diag(DIAG_INFO, row->name, "memory cannot be locked (%s); keep swap off or encrypted", strerror(errno));
		munlockall();
	}
#endif
	/* What no program may be given by executing it, either; only root can give that up. */
	capng_clear(CAPNG_SELECT_ALL);
	if (geteuid() == 0 && capng_apply(CAPNG_SELECT_BOUNDS) < 0)
		return failed(role, "capabilities", EPERM);
	if (!become_user(role, user))
		return false;
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return failed(role, "capabilities", EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return failed(role, "no-new-privileges", errno);
#ifdef WITH_SANITIZERS
	/* Their reports need files, and their leak check traces its own process. */
	return true;
#else
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return failed(role, "dumpable", errno);
	if (!row->keeps_files && !forbid_files(role))
		return false;
	return row->syscalls == NULL || forbid_system_calls(role);
#endif
}
