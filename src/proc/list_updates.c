/* Fetching and compiling lists in the supervisor.  See list_updates.h. */
#include "proc/list_updates.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/report.h"
#include "proc/supervisor.h"

#define AREA "lists"
#define SECOND_NS UINT64_C(1000000000)
#define TICK_MAX 600 /* seconds; the wall clock may be set meanwhile */

enum phase { PHASE_IDLE, PHASE_DUE, PHASE_FETCHING, PHASE_FETCHED, PHASE_READING };

static const char *const phase_names[] = {
	[PHASE_IDLE] = "idle",
	[PHASE_DUE] = "waiting",
	[PHASE_FETCHING] = "fetching",
	[PHASE_FETCHED] = "fetched",
	[PHASE_READING] = "reading",
};

struct list_update {
	struct list_update *next;
	struct list_updates *all;
	struct list_fetch fetch;
	enum phase phase;
	char name[65];
	char url[LIST_URL_MAX + 1];
	uint64_t refresh; /* seconds */
	bool forces;      /* the copy that comes is taken whatever it holds */
	int body;         /* PHASE_FETCHED: what came; else -1 */
	uint64_t body_bytes;
	struct list_state state;           /* as it is on disk */
	char etag[LIST_VALIDATOR_MAX + 1]; /* of the body */
	char last_modified[LIST_VALIDATOR_MAX + 1];
};

static uint64_t
now(void)
{
	return clock_realtime_ns() / SECOND_NS;
}

static uint64_t
chance(void)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number)
		number = clock_monotonic_ns();
	return number;
}

static void
come_back(struct list_updates *u)
{
	loop_defer(u->supervisor->loop, &u->step);
}

static bool
folder_of(const struct list_updates *u, char dst[4000])
{
	return snprintf(dst, 4000, "%s/lists", u->supervisor->configuration.conf->state_dir) < 4000;
}

static const struct conf_list *
conf_of(const struct list_update *l)
{
	const struct conf *conf = l->all->supervisor->configuration.conf;

	for (size_t i = 0; i < conf->list_count; i++)
		if (conf->lists[i].url && strcmp(conf->lists[i].name, l->name) == 0)
			return &conf->lists[i];
	return NULL;
}

/* ---- the state of a list ---- */

static void
keep_state(struct list_update *l)
{
	char folder[4000];
	int result = folder_of(l->all, folder) ? list_store_write(folder, l->name, &l->state) : -ENAMETOOLONG;

	if (result < 0)
		diag(DIAG_WARNING, AREA, "the state of the list \"%s\" cannot be kept: %s", l->name, strerror(-result));
}

/* Copies a text that strangers may have a part in: what is no printable ASCII becomes "?". */
static void
copy_text(char *dst, size_t dst_size, const char *text)
{
	snprintf(dst, dst_size, "%s", text);
	for (; *dst; dst++)
		if (*dst < ' ' || *dst > '~')
			*dst = '?';
}

/* An attempt is over; error: why it failed, or NULL. */
static void
settle(struct list_update *l, const char *error)
{
	struct list_state *state = &l->state;

	if (l->body >= 0)
		close(l->body);
	l->body = -1;
	l->phase = PHASE_IDLE;
	l->forces = false;
	state->tried = now();
	state->failures = error ? state->failures + 1 : 0;
	copy_text(state->error, sizeof state->error, error ? error : "");
	if (!error)
		state->checked = state->tried;
	state->next = list_next_attempt(state->tried, l->refresh, state->failures, chance());
	keep_state(l);
	if (error)
		diag(DIAG_WARNING, AREA, "the list \"%s\" was not fetched: %s; %s", l->name, state->error,
			state->fetched ? "the last copy stays" : "there is no copy yet");
	come_back(l->all);
}

static bool
has_copy(const struct list_update *l)
{
	char folder[4000], path[4096];

	return folder_of(l->all, folder) && list_store_path(folder, l->name, LIST_BODY_FILE, path, sizeof path) &&
	       access(path, R_OK) == 0 && strcmp(l->state.url, l->url) == 0;
}

/* ---- fetching ---- */

static void
on_fetched(struct list_fetch *fetch, const struct list_fetched *result)
{
	struct list_update *l = LIST_ENTRY(fetch, struct list_update, fetch);
	char error[LIST_ERROR_MAX + 1];
	struct stat st;

	if (result->status == FETCH_NOT_MODIFIED) {
		settle(l, NULL);
		return;
	}
	if (result->status != FETCH_OK || result->fd < 0) {
		snprintf(error, sizeof error, "%.*s",
			(int)(result->error.len ? result->error.len : strlen(fetch_status_name(result->status))),
			result->error.len ? result->error.ptr : fetch_status_name(result->status));
		settle(l, error);
		return;
	}
	l->phase = PHASE_FETCHED;
	l->body = result->fd;
	l->body_bytes = fstat(l->body, &st) == 0 ? (uint64_t)st.st_size : 0;
	slice_to_cstr(slice_sub(result->etag, 0, LIST_VALIDATOR_MAX), l->etag, sizeof l->etag);
	slice_to_cstr(
		slice_sub(result->last_modified, 0, LIST_VALIDATOR_MAX), l->last_modified, sizeof l->last_modified);
	come_back(l->all);
}

static void
fetch(struct list_update *l)
{
	bool is_known = has_copy(l) && !l->forces;

	l->phase = PHASE_FETCHING;
	l->fetch.url = l->url;
	l->fetch.etag = is_known && l->state.etag[0] ? l->state.etag : NULL;
	l->fetch.last_modified = is_known && l->state.last_modified[0] ? l->state.last_modified : NULL;
	fetches_start(&l->all->supervisor->fetches, &l->fetch);
}

/* ---- reading what came ---- */

static void
start_reading(struct list_updates *u, struct list_update *l)
{
	const struct conf *conf = u->supervisor->configuration.conf;
	const struct conf_list *list = conf_of(l);
	struct lists_work work;
	int body = l->body;
	bool started;

	if (list == NULL || !lists_work_begin(&work, conf, u->supervisor->configuration.tree))
		return;
	l->body = -1;
	started = list_child_try(&u->reader, &work.job, list, conf->user, body);
	lists_work_release(&work);
	if (!started) {
		settle(l, "no process can be started to read it, or its folder cannot be written");
		return;
	}
	l->phase = PHASE_READING;
	u->reading = l;
}

/* Whether the copy may take the place of the last; NULL, or why not. */
static const char *
judge(struct list_update *l, const struct list_finding *finding, char error[LIST_ERROR_MAX + 1])
{
	uint64_t had = has_copy(l) ? l->state.entries : 0;

	if (finding->entries == 0)
		return "it holds no name at all";
	if (l->forces || list_is_plausible(had, finding->entries))
		return NULL;
	snprintf(error, LIST_ERROR_MAX + 1,
		"it has shrunk from %llu to %llu entries; take it with: sluicectl lists update --force %s",
		(unsigned long long)had, (unsigned long long)finding->entries, l->name);
	return error;
}

static void
read_ended(struct list_updates *u, int status)
{
	struct list_update *l = u->reading;
	struct list_finding finding = *u->reader.finding;
	struct problems problems = {0};
	char text[LIST_ERROR_MAX + 1];
	const char *error = NULL;

	if (!list_child_ended(&u->reader, status, &problems)) {
		snprintf(text, sizeof text, "it cannot be read: %.200s",
			problems.count ? problems.items[problems.count - 1].text : "the process that reads it failed");
		error = text;
	} else {
		error = judge(l, &finding, text);
	}
	if (error == NULL && list_child_keep(&u->reader) < 0)
		error = "its copy cannot be kept";
	if (error == NULL) {
		snprintf(l->state.url, sizeof l->state.url, "%s", l->url);
		snprintf(l->state.etag, sizeof l->state.etag, "%s", l->etag);
		snprintf(l->state.last_modified, sizeof l->state.last_modified, "%s", l->last_modified);
		l->state.fetched = now();
		l->state.bytes = l->body_bytes;
		l->state.entries = finding.entries;
		u->is_changed = true;
		diag(DIAG_INFO, AREA, "the list \"%s\" was fetched: %llu entries, %llu lines not used", l->name,
			(unsigned long long)finding.entries, (unsigned long long)finding.skipped);
	}
	problems_release(&problems);
	list_child_release(&u->reader);
	u->reading = NULL;
	settle(l, error);
}

/* ---- compiling ---- */

/* False where there is nothing to compile, or it cannot be begun. */
static bool
start_compiling(struct list_updates *u, const struct gathered *g)
{
	struct lists_work work;
	bool started = false;

	if (!lists_work_begin(&work, g->conf, g->tree))
		return false;
	if (lists_work_is_stale(&work))
		started = list_child_compile(&u->compiler, &work.job, g->conf->user);
	lists_work_release(&work);
	return started;
}

static void
compiled(struct list_updates *u, int status)
{
	struct problems problems = {0};
	bool done = list_child_ended(&u->compiler, status, &problems);
	int result = done ? list_child_keep(&u->compiler) : 0;

	if (done && result < 0)
		problems_add(&problems, false, NULL, 0, 0, "make state_dir/lists writable for the daemon",
			"the table of categories cannot be kept: %s", strerror(-result));
	copy_text(u->error, sizeof u->error,
		done && result == 0 ? ""
		: problems.count    ? problems.items[problems.count - 1].text
				    : "the lists cannot be compiled");
	report_problems(AREA, &problems);
	list_child_release(&u->compiler);
	if (u->is_compiling_reload) {
		u->is_compiling_reload = u->reload_waits = false;
		supervisor_send_reload(u->supervisor);
	} else if (done && result == 0) {
		u->generation = supervisor_send_again(u->supervisor);
	}
	come_back(u);
}

bool
list_updates_configured(struct list_updates *u, uint32_t generation, const char *mistakes)
{
	if (generation == 0 || generation != u->generation)
		return false;
	u->generation = 0;
	if (mistakes) {
		copy_text(u->error, sizeof u->error, mistakes);
		diag(DIAG_ERROR, AREA, "the new lists were refused, the old ones stay:\n%s", mistakes);
	} else {
		diag(DIAG_INFO, AREA, "the new lists are in force");
	}
	come_back(u);
	return true;
}

void
list_updates_prepare_reload(struct list_updates *u)
{
	u->reload_waits = true;
	come_back(u);
}

void
list_updates_forget_reload(struct list_updates *u)
{
	u->reload_waits = false;
	if (u->is_compiling_reload)
		list_child_release(&u->compiler);
	u->is_compiling_reload = false;
}

/* ---- the whole ---- */

/* The next thing to do, of each kind. */
static void
on_step(struct loop_task *task)
{
	struct list_updates *u = LIST_ENTRY(task, struct list_updates, step);
	struct supervisor *s = u->supervisor;
	uint64_t earliest = UINT64_MAX, at = now();
	bool is_ready = s->fetches.is_ready && s->worker_is_ready && !s->is_stopping;
	unsigned fetching = 0;

	if (u->compiler.pid == 0 && u->reload_waits) {
		u->is_compiling_reload = start_compiling(u, &s->reload);
		if (!u->is_compiling_reload) {
			u->reload_waits = false;
			supervisor_send_reload(s);
		}
	}
	for (struct list_update *l = u->items; l; l = l->next) {
		if (l->phase == PHASE_IDLE && l->state.next <= at)
			l->phase = PHASE_DUE;
		if (l->phase == PHASE_DUE && is_ready)
			fetch(l);
		if (l->phase == PHASE_FETCHED && u->reading == NULL && !s->is_stopping)
			start_reading(u, l);
		if (l->phase == PHASE_IDLE && l->state.next < earliest)
			earliest = l->state.next;
		fetching += l->phase != PHASE_IDLE;
		if (l->phase == PHASE_DUE)
			earliest = at + 1; /* the fetcher, or the worker, is on its way */
	}
	/* Lists that come at the same time are compiled together. */
	if (u->is_changed && fetching == 0 && u->compiler.pid == 0 && is_ready && !s->is_reloading &&
		u->generation == 0) {
		u->is_changed = false;
		start_compiling(u, &s->configuration);
	}
	if (u->is_changed)
		earliest = earliest < at + 1 ? earliest : at + 1;
	if (earliest != UINT64_MAX)
		loop_timer_arm(&u->tick, (earliest <= at                    ? 1
						 : earliest - at > TICK_MAX ? TICK_MAX
									    : earliest - at) *
						 SECOND_NS);
}

static void
on_tick(struct loop_timer *timer)
{
	come_back(LIST_ENTRY(timer, struct list_updates, tick));
}

bool
list_updates_ended(struct list_updates *u, pid_t pid, int status)
{
	if (pid == u->reader.pid)
		read_ended(u, status);
	else if (pid == u->compiler.pid)
		compiled(u, status);
	else
		return false;
	return true;
}

void
list_updates_init(struct list_updates *u, struct supervisor *s, struct loop *loop)
{
	u->supervisor = s;
	u->reader = u->compiler = (struct list_child){.out = -1, .report = -1};
	loop_timer_init(&u->tick, loop, on_tick);
	loop_task_init(&u->step, on_step);
}

static struct list_update *
find(struct list_updates *u, const char *name)
{
	struct list_update *l = u->items;

	while (l && strcmp(l->name, name) != 0)
		l = l->next;
	return l;
}

static void
forget(struct list_updates *u, struct list_update *l)
{
	list_fetch_cancel(&l->fetch);
	if (u->reading == l) {
		list_child_release(&u->reader);
		u->reading = NULL;
	}
	if (l->body >= 0)
		close(l->body);
	free(l);
}

static void
add(struct list_updates *u, const struct conf_list *list)
{
	struct list_update *l = find(u, list->name);
	char folder[4000];

	if (l && strcmp(l->url, list->url) != 0)
		return; /* it was forgotten before */
	if (l == NULL) {
		l = calloc(1, sizeof *l);
		if (l == NULL)
			return;
		l->all = u;
		l->body = -1;
		snprintf(l->name, sizeof l->name, "%s", list->name);
		snprintf(l->url, sizeof l->url, "%s", list->url);
		list_fetch_init(&l->fetch, on_fetched);
		if (folder_of(u, folder))
			list_store_read(folder, l->name, &l->state);
		l->next = u->items;
		u->items = l;
	}
	l->refresh = list->refresh_ns / SECOND_NS;
	/* Another url, a shorter interval, or a clock that ran ahead: nothing is waited for that long. */
	if (!has_copy(l) && l->state.failures == 0)
		l->state.next = 0;
	if (l->state.next > now() + l->refresh)
		l->state.next = now() + l->refresh;
}

void
list_updates_configure(struct list_updates *u)
{
	const struct conf *conf = u->supervisor->configuration.conf;

	for (struct list_update **at = &u->items, *l; (l = *at) != NULL;) {
		const struct conf_list *list = conf_of(l);

		if (list && strcmp(list->url, l->url) == 0) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		forget(u, l);
	}
	for (size_t i = 0; i < conf->list_count; i++)
		if (conf->lists[i].url)
			add(u, &conf->lists[i]);
	come_back(u);
}

void
list_updates_release(struct list_updates *u)
{
	if (u->supervisor == NULL)
		return;
	while (u->items) {
		struct list_update *l = u->items;

		u->items = l->next;
		forget(u, l);
	}
	list_child_release(&u->compiler);
	loop_timer_disarm(&u->tick);
	loop_task_cancel(&u->step);
}

unsigned
list_updates_ask(struct list_updates *u, const char *name, bool forces)
{
	unsigned count = 0;

	for (struct list_update *l = u->items; l; l = l->next) {
		if (name && strcmp(l->name, name) != 0)
			continue;
		count++;
		if (l->phase == PHASE_IDLE)
			l->phase = PHASE_DUE;
		l->forces = l->forces || forces;
	}
	if (count)
		come_back(u);
	return count;
}

/* Bytes of the list and how many there will be, 0 where nobody knows: while it comes, as far as it has come. */
static struct fetch_progress
bytes_of(const struct list_update *l)
{
	switch (l->phase) {
	case PHASE_IDLE:
		return (struct fetch_progress){l->state.bytes, l->state.bytes};
	case PHASE_DUE:
		return (struct fetch_progress){0, 0};
	case PHASE_FETCHING:
		return l->fetch.progress;
	case PHASE_FETCHED:
	case PHASE_READING:
		break;
	}
	return (struct fetch_progress){l->body_bytes, l->body_bytes};
}

json_t *
list_updates_describe(const struct list_updates *u)
{
	bool is_busy = u->compiler.pid != 0 || u->generation != 0 || u->is_changed;
	json_t *lists = json_array(), *compiling = json_null();

	for (const struct list_update *l = u->items; l; l = l->next) {
		struct fetch_progress progress = bytes_of(l);

		is_busy = is_busy || l->phase != PHASE_IDLE;
		json_array_append_new(lists,
			json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:I}", "list", l->name, "phase", phase_names[l->phase],
				"bytes", (json_int_t)progress.bytes, "total", (json_int_t)progress.total, "entries",
				(json_int_t)(u->reading == l ? u->reader.finding->entries : l->state.entries), "error",
				l->state.error, "fetched", (json_int_t)l->state.fetched));
	}
	if (u->compiler.pid != 0)
		compiling = json_pack("{s:I,s:I,s:I}", "bytes", (json_int_t)u->compiler.finding->bytes, "total",
			(json_int_t)u->compiler.finding->total, "entries", (json_int_t)u->compiler.finding->entries);
	return json_pack(
		"{s:b,s:s,s:o,s:o}", "busy", is_busy, "error", u->error, "compiling", compiling, "lists", lists);
}

/* A list that never came has failed this often. */
#define OVERDUE_FAILURES 3

unsigned
list_updates_overdue(const struct list_updates *u, char *first, size_t first_size)
{
	unsigned count = 0;

	for (const struct list_update *l = u->items; l; l = l->next) {
		const struct list_state *state = &l->state;
		bool is_overdue =
			state->checked ? now() > state->checked + 3 * l->refresh : state->failures >= OVERDUE_FAILURES;

		if (!is_overdue || count++ > 0)
			continue;
		if (state->checked)
			snprintf(first, first_size, "\"%s\", of %llu days ago", l->name,
				(unsigned long long)((now() - state->checked) / 86400));
		else
			snprintf(first, first_size, "\"%s\", which never came", l->name);
	}
	return count;
}
