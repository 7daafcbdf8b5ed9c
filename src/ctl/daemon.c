/* Asking the daemon.  See daemon.h. */
#include "ctl/daemon.h"

#include "ctl/settings.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool
daemon_socket_path(struct ctl *ctl, char *dst, size_t dst_size, int *status)
{
	struct settings s;

	*status = settings_load(ctl, &s);
	if (*status == EX_OK && !settings_path(dst, dst_size, s.conf->run_dir, CONTROL_SOCKET_NAME))
		*status = ctl_fail(ctl, EX_CONFIG, "choose a shorter one", "run_dir %s is too long", s.conf->run_dir);
	settings_release(&s);
	return *status == EX_OK;
}

bool
daemon_is_running(struct ctl *ctl, int *status)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	bool answers;
	int fd;

	if (!daemon_socket_path(ctl, at.sun_path, sizeof at.sun_path, status))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* One that may not be spoken to is there, too. */
	answers = fd >= 0 &&
		  (connect(fd, (struct sockaddr *)&at, sizeof at) == 0 || (errno != ENOENT && errno != ECONNREFUSED));
	if (fd >= 0)
		close(fd);
	return answers;
}

static int
status_of(enum control_failure failure, int refused)
{
	switch (failure) {
	case CONTROL_OK:
	case CONTROL_STOPPED:
		return EX_OK;
	case CONTROL_UNREACHABLE:
		return EX_UNAVAILABLE;
	case CONTROL_FORBIDDEN:
		return EX_NOPERM;
	case CONTROL_REFUSED:
		return refused;
	case CONTROL_BROKEN:
		return EX_PROTOCOL;
	}
	return EX_SOFTWARE;
}

int
daemon_ask(struct ctl *ctl, json_t *request, int timeout_ms, int refused, control_on_item *on_item, void *context,
	json_t **result)
{
	struct control_answer a = {0};
	char path[PATH_MAX];
	int status;

	if (request == NULL)
		return ctl_fail(ctl, EX_OSERR, NULL, "memory is out");
	if (!daemon_socket_path(ctl, path, sizeof path, &status))
		goto out;
	a = control_ask(path, request, timeout_ms, on_item, context);
	status = status_of(a.failure, refused);
	if (status != EX_OK)
		ctl_fail(ctl, status, a.remedy, "%s", a.error ? a.error : "memory is out");
	else if (result)
		*result = json_incref(a.result);
out:
	control_answer_release(&a);
	json_decref(request);
	return status;
}
