/* Watching the files of groups.  See group_files.h. */
#include "proc/group_files.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "proc/supervisor.h"

#define AREA "groups"
#define LOOK_NS 1000000000u

/* The new bytes stay (`taken`), or the old ones come back. */
static void
settle(struct group_files *f, bool taken)
{
	for (size_t i = 0; i < f->count; i++) {
		struct group_file *file = &f->items[i];
		struct slice gone = taken ? file->before : file->source->bytes;

		if (file->before.ptr == NULL)
			continue;
		if (!taken)
			file->source->bytes = file->before;
		file->before = (struct slice){NULL, 0};
		free((char *)(uintptr_t)gone.ptr);
	}
	f->generation = 0;
}

/* Takes the file's bytes, where they are others than those that are known. */
static bool
read_again(struct group_file *file)
{
	struct slice bytes;
	int error = user_file_read(file->source->name, &bytes);

	if (error) {
		diag(DIAG_ERROR, AREA, "%s cannot be read: %s; its members stay as they are known", file->source->name,
			strerror(error));
		return false;
	}
	if (slice_eq(bytes, file->source->bytes)) {
		free((char *)(uintptr_t)bytes.ptr);
		return false;
	}
	file->before = file->source->bytes;
	file->source->bytes = bytes;
	return true;
}

static bool
has_changed(struct group_file *file, int64_t now)
{
	struct user_file_state state = user_file_look(file->source->name);
	bool changed = file->is_unsettled || !user_file_is_same(&state, &file->state);

	file->state = state;
	file->is_unsettled = user_file_is_unsettled(&state, now);
	return changed;
}

static void
look(struct group_files *f)
{
	int64_t now = (int64_t)clock_realtime_ns();
	bool any = false;

	for (size_t i = 0; i < f->count; i++)
		if (has_changed(&f->items[i], now) && read_again(&f->items[i]))
			any = true;
	if (!any)
		return;
	f->generation = supervisor_send_again(f->supervisor);
	if (f->generation == 0)
		settle(f, false);
}

static void
on_timer(struct loop_timer *timer)
{
	struct group_files *f = LIST_ENTRY(timer, struct group_files, timer);

	/* While something is under way it waits. */
	if (f->generation == 0 && !f->supervisor->is_reloading && f->supervisor->worker_is_ready)
		look(f);
	loop_timer_arm(timer, LOOK_NS);
}

void
group_files_init(struct group_files *f, struct supervisor *s, struct loop *loop)
{
	*f = (struct group_files){.supervisor = s};
	loop_timer_init(&f->timer, loop, on_timer);
}

static void
add_file(struct group_files *f, struct gathered *configuration, struct slice path)
{
	for (size_t i = 0; i < f->count; i++)
		if (slice_eq(slice_of(f->items[i].source->name), path))
			return;
	for (size_t i = 0; i < configuration->sources.count; i++) {
		struct conf_source *source = &configuration->sources.items[i];

		if (!slice_eq(slice_of(source->name), path) || f->count == GROUP_FILES_MAX)
			continue;
		/* It may have changed since it was read: the first look compares the bytes. */
		f->items[f->count++] = (struct group_file){.source = source, .is_unsettled = true};
		return;
	}
}

void
group_files_watch(struct group_files *f, struct gathered *configuration)
{
	f->count = 0;
	f->generation = 0;
	for (const struct conf_statement *block = configuration->tree->first; block; block = block->next) {
		if (!block->has_block || !slice_eq(block->words[0].text, SLICE("group")))
			continue;
		for (const struct conf_statement *s = block->block; s; s = s->next)
			for (unsigned w = 0; w + 1 < s->count; w++)
				if (slice_eq(s->words[w].text, SLICE("users")))
					add_file(f, configuration, s->words[w + 1].text);
	}
	if (f->count)
		loop_timer_arm(&f->timer, LOOK_NS);
	else
		loop_timer_disarm(&f->timer);
}

bool
group_files_configured(struct group_files *f, uint32_t generation, const char *mistakes)
{
	if (generation == 0 || generation != f->generation)
		return false;
	if (mistakes)
		diag(DIAG_ERROR, AREA, "the new members were refused, the old ones stay:\n%s", mistakes);
	else
		diag(DIAG_INFO, AREA, "the new members of groups are known");
	settle(f, mistakes == NULL);
	return true;
}

void
group_files_pause(struct group_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		f->items[i].is_unsettled |= f->items[i].before.ptr != NULL;
	settle(f, false);
}
