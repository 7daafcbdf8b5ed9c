/* Watching files of users.  See user_files.h. */
#include "proc/user_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "ipc/bundle.h"

#define AREA "users"
#define LOOK_NS 1000000000u
/* The clock of file systems is coarse: within this time a second change may leave the same mark. */
#define UNSETTLED_NS 2000000000

struct user_file_state
user_file_look(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return (struct user_file_state){.error = errno};
	return (struct user_file_state){
		.device = st.st_dev,
		.inode = st.st_ino,
		.size = (uint64_t)st.st_size,
		.modified_ns = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec,
	};
}

bool
user_file_is_same(const struct user_file_state *a, const struct user_file_state *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->modified_ns == b->modified_ns && a->error == b->error;
}

bool
user_file_is_unsettled(const struct user_file_state *state, int64_t now)
{
	return state->error == 0 && now - state->modified_ns < UNSETTLED_NS;
}

int
user_file_read(const char *path, struct slice *bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t have = 0;
	struct stat st;
	char *text;
	int error = 0;

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) < 0)
		error = errno;
	else if (!S_ISREG(st.st_mode))
		error = EINVAL;
	else if ((uint64_t)st.st_size > USER_FILE_BYTES_MAX)
		error = EFBIG;
	text = error ? NULL : malloc((size_t)st.st_size + 1);
	if (text == NULL && error == 0)
		error = ENOMEM;
	while (error == 0 && have < (size_t)st.st_size) {
		ssize_t n = read(fd, text + have, (size_t)st.st_size - have);

		if (n == 0)
			break;
		if (n > 0)
			have += (size_t)n;
		else if (errno != EINTR)
			error = errno;
	}
	close(fd);
	if (error) {
		free(text);
		return error;
	}
	*bytes = slice_make(text, have);
	return 0;
}

/* All files as a bundle, and a digest of it; -1 where one cannot be read.  That one is not there is said once. */
static int
make_bundle(struct user_files *u, bool is_first, uint64_t *digest)
{
	struct bundle_writer w;
	bool failed = false;
	int fd;

	*digest = u->count;
	bundle_begin(&w);
	for (size_t i = 0; i < u->count && !failed; i++) {
		const char *path = u->paths->items[i];
		struct slice bytes = SLICE_EMPTY;
		uint64_t two[2] = {*digest, 0};
		int error = user_file_read(path, &bytes);

		if (error && error != ENOENT) {
			diag(DIAG_ERROR, AREA, "%s cannot be read: %s; the users that are known stay", path,
				strerror(error));
			failed = true;
			break;
		}
		if (error && is_first)
			diag(DIAG_WARNING, AREA, "%s is not there (yet): nobody is known by it", path);
		bundle_add(&w, slice_of(path), bytes);
		two[1] = siphash13(&u->key, bytes.ptr, bytes.len);
		*digest = siphash13(&u->key, two, sizeof two);
		if (error == 0)
			free((char *)(uintptr_t)bytes.ptr);
	}
	fd = bundle_seal(&w);
	if (failed && fd >= 0)
		close(fd);
	return failed || fd < 0 ? -1 : fd;
}

/* Notes how the files look before they are read, so that no change falls between. */
static bool
have_changed(struct user_files *u)
{
	int64_t now = (int64_t)clock_realtime_ns();
	bool changed = !u->is_settled;

	u->is_settled = true;
	for (size_t i = 0; i < u->count; i++) {
		struct user_file_state state = user_file_look(u->paths->items[i]);

		changed |= !user_file_is_same(&state, &u->states[i]);
		u->states[i] = state;
		u->is_settled &= !user_file_is_unsettled(&state, now);
	}
	return changed;
}

static void
send_changed(struct user_files *u, bool must)
{
	uint64_t digest;
	int fd;

	if (!have_changed(u) && !must)
		return;
	fd = make_bundle(u, must, &digest);
	if (fd < 0)
		return;
	if (!must && digest == u->digest)
		close(fd);
	else if (u->send(u, fd))
		u->digest = digest;
	else
		u->is_settled = false;
}

static void
on_timer(struct loop_timer *timer)
{
	struct user_files *u = LIST_ENTRY(timer, struct user_files, timer);

	send_changed(u, false);
	loop_timer_arm(timer, LOOK_NS);
}

void
user_files_init(struct user_files *u, struct loop *loop, bool (*send)(struct user_files *self, int bundle))
{
	*u = (struct user_files){.key = siphash_random_key(), .send = send};
	loop_timer_init(&u->timer, loop, on_timer);
}

void
user_files_watch(struct user_files *u, const struct conf *conf)
{
	bool had_files = u->count > 0;

	u->paths = &conf->clients.users;
	u->count = u->paths->count < USER_FILES_MAX ? u->paths->count : USER_FILES_MAX;
	if (u->count > 0 || had_files)
		send_changed(u, true);
	if (u->count > 0)
		loop_timer_arm(&u->timer, LOOK_NS);
	else
		loop_timer_disarm(&u->timer);
}

void
user_files_pause(struct user_files *u)
{
	loop_timer_disarm(&u->timer);
}
