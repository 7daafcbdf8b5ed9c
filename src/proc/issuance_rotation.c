/* Rotating the issuance log.  See issuance_rotation.h. */
#include "proc/issuance_rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admin/control_server.h"
#include "base/clock.h"
#include "ipc/channel.h"
#include "proc/supervisor.h"
#include "tls/issuance_files.h"

#define AREA "issuance"
#define LOOK_NS UINT64_C(10000000000)

static int
open_folder(const struct issuance_rotation *i)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/ca", i->supervisor->configuration.conf->state_dir);
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
answer(struct issuance_rotation *i, const char *mistake)
{
	struct control_request *request = i->request;

	i->request = NULL;
	if (mistake)
		diag(DIAG_ERROR, AREA, "the log is not rotated: %s", mistake);
	if (request && mistake)
		control_refuse(
			request, "see the daemon's log; what is issued goes on into the old file", "%s", mistake);
	else if (request)
		control_answer_with(request, json_pack("{s:b}", "rotated", 1));
}

/* Hands the file of the name to the signer. */
static void
hand_over(struct issuance_rotation *i, int folder)
{
	const struct child *signer = &i->supervisor->signer;
	int fd = issuance_files_open(folder);
	int error = fd < 0 ? -errno : ipc_send(signer->channel, IPC_ISSUANCE_LOG, 0, SLICE_EMPTY, &fd, 1);

	if (fd >= 0)
		close(fd);
	i->is_waiting = error == 0;
	i->is_due = error != 0;
	if (error)
		answer(i, strerror(-error));
}

void
issuance_rotation_reopen(struct issuance_rotation *i)
{
	int folder = i->supervisor->signer.pid ? open_folder(i) : -1;

	if (folder < 0)
		return; /* a signer that is on its way opens it itself */
	hand_over(i, folder);
	close(folder);
}

static void
request_is_gone(void *owner)
{
	struct issuance_rotation *i = owner;

	i->request = NULL;
}

void
issuance_rotation_begin(struct issuance_rotation *i, struct control_request *request)
{
	int folder = -1;

	if (i->is_waiting || i->supervisor->signer.pid == 0) {
		if (request)
			control_refuse(request, "ask again in a moment", "the signer is %s",
				i->is_waiting ? "taking over a file already" : "on its way");
		return;
	}
	i->request = request;
	if (request)
		control_request_set_owner(request, i, request_is_gone);
	folder = open_folder(i);
	if (folder < 0 || !issuance_files_rotate(folder, (int64_t)(clock_realtime_ns() / 1000000000u)))
		answer(i, strerror(errno));
	else
		hand_over(i, folder);
	if (folder >= 0)
		close(folder);
}

void
issuance_rotation_taken(struct issuance_rotation *i, bool done)
{
	unsigned keep = i->supervisor->configuration.conf->tls.issuance_keep;
	int folder = done && keep ? open_folder(i) : -1;

	i->is_waiting = false;
	i->is_due = !done;
	answer(i, done ? NULL : "the signer cannot write to the next file");
	if (folder >= 0) {
		issuance_files_prune(folder, keep);
		close(folder);
	}
}

void
issuance_rotation_signer_ended(struct issuance_rotation *i)
{
	if (i->request)
		answer(i, "the signer has ended; the next one goes on in the next file");
	i->is_waiting = i->is_due = false;
}

static void
on_look(struct loop_timer *look)
{
	struct issuance_rotation *i = LIST_ENTRY(look, struct issuance_rotation, look);
	int folder = open_folder(i);
	struct stat st;

	loop_timer_arm(look, LOOK_NS);
	if (folder < 0)
		return;
	if (i->is_due && !i->is_waiting)
		issuance_rotation_reopen(i);
	else if (fstatat(folder, ISSUANCE_LOG_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		 (uint64_t)st.st_size >= i->supervisor->configuration.conf->tls.issuance_size)
		issuance_rotation_begin(i, NULL);
	close(folder);
}

void
issuance_rotation_init(struct issuance_rotation *i, struct supervisor *s)
{
	*i = (struct issuance_rotation){.supervisor = s};
	loop_timer_init(&i->look, s->loop, on_look);
	loop_timer_arm(&i->look, LOOK_NS);
}
