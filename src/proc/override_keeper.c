/* Override codes, kept.  See override_keeper.h. */
#include "proc/override_keeper.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ipc/bundle.h"
#include "ipc/channel.h"
#include "proc/queries.h"
#include "proc/state_file.h"
#include "proxy/overrides.h"

#define AREA "override"
#define FILE_NAME "overrides"
#define COPY_NAME "overrides.copy"
/* How often it is looked whether one is over. */
#define SWEEP_NS 10000000000u

static int64_t
now_seconds(void)
{
	return (int64_t)(clock_realtime_ns() / 1000000000u);
}

/* ---- the files ---- */

static bool
write_text(const struct supervisor *s, struct buffer *text)
{
	*text = buffer_make(OVERRIDE_STATE_TEXT_MAX);
	if (override_state_write(s->overrides, text))
		return true;
	diag(DIAG_ERROR, AREA, "the codes cannot be written: out of memory");
	buffer_release(text);
	return false;
}

/* The copy first: where only one of the two is of the last change, nobody was told that it was made. */
static bool
save(const struct supervisor *s)
{
	const char *folder = s->configuration.conf->state_dir;
	struct buffer text;
	bool done = false;

	if (write_text(s, &text)) {
		done = state_file_write(folder, COPY_NAME, buffer_slice(&text)) &&
		       state_file_write(folder, FILE_NAME, buffer_slice(&text));
		buffer_release(&text);
	}
	return done;
}

enum load { LOADED, ABSENT, DAMAGED };

static enum load
load(struct supervisor *s, const char *name)
{
	const char *folder = s->configuration.conf->state_dir, *wrong = NULL;
	size_t len = 0;
	char *text = state_file_read(folder, name, OVERRIDE_STATE_TEXT_MAX, &len);

	if (text)
		wrong = override_state_read(s->overrides, slice_make(text, len), now_seconds(), clock_monotonic_ns());
	else if (errno == ENOENT)
		return ABSENT;
	else
		wrong = strerror(errno);
	if (wrong)
		diag(DIAG_ERROR, AREA, "%s/%s cannot be used: %s", folder, name, wrong);
	free(text);
	return wrong ? DAMAGED : LOADED;
}

static void
load_any(struct supervisor *s)
{
	enum load first = load(s, FILE_NAME), second;

	if (first == LOADED)
		return;
	second = load(s, COPY_NAME);
	if (second == LOADED) {
		diag(DIAG_WARNING, AREA,
			"the codes are taken from %s/%s, which says the same; the other is written anew",
			s->configuration.conf->state_dir, COPY_NAME);
		save(s);
		return;
	}
	s->overrides->count = s->overrides->grant_count = 0;
	if (first == DAMAGED || second == DAMAGED)
		diag(DIAG_ERROR, AREA, "no code holds any more; make new ones with sluicectl override new");
}

/* ---- the worker ---- */

int
override_keeper_send(struct supervisor *s)
{
	struct bundle_writer w;
	struct buffer text;
	int fd, error;

	if (!write_text(s, &text))
		return -ENOMEM;
	bundle_begin(&w);
	bundle_add(&w, SLICE(FILE_NAME), buffer_slice(&text));
	buffer_release(&text);
	fd = bundle_seal(&w);
	if (fd < 0)
		return fd;
	error = ipc_send(s->worker.channel, IPC_OVERRIDES, 0, SLICE_EMPTY, &fd, 1);
	close(fd);
	return error;
}

/* A worker that cannot be told is ended: a new one gets everything anew. */
static void
tell_worker(struct supervisor *s)
{
	if (s->worker.pid && override_keeper_send(s) < 0)
		child_signal(&s->worker, SIGKILL);
}

/* Who it was, for the log: "user anna at 10.1.0.7". */
static const char *
person(const struct override_grant *g, char text[USER_NAME_MAX + ADDR_TEXT_MAX + 16])
{
	char client[ADDR_TEXT_MAX];

	snprintf(text, USER_NAME_MAX + ADDR_TEXT_MAX + 16, "%s%s%s%s", g->user[0] ? "user " : "client ", g->user,
		g->user[0] ? " at " : "", addr_format(&g->client, client));
	return text;
}

static void
note_use(struct supervisor *s, const struct override_event *e)
{
	struct override *o = override_state_find(s->overrides, e->grant.id);
	char who[USER_NAME_MAX + ADDR_TEXT_MAX + 16];

	if (o == NULL || o->used >= o->uses) {
		diag(DIAG_INFO, AREA, "%" PRIu32 " was entered by %s when it was over already", e->grant.id,
			person(&e->grant, who));
		return;
	}
	o->used++;
	o->last = now_seconds();
	override_state_grant(s->overrides, &e->grant, o->last, clock_monotonic_ns());
	save(s);
	diag(DIAG_INFO, AREA,
		"%" PRIu32 " used by %s against %s, %s%s, for %" PRId64 " s (%" PRIu32 " of %" PRIu32 " uses)", o->id,
		person(&e->grant, who), e->rule, e->grant.site[0] ? "at " : "everywhere", e->grant.site,
		e->grant.until - o->last, o->used, o->uses);
}

static void
note_refusal(const struct override_event *e)
{
	char who[USER_NAME_MAX + ADDR_TEXT_MAX + 16];

	if (e->grant.id)
		diag(DIAG_INFO, AREA, "%" PRIu32 " refused to %s against %s at %s: used up, over, or not for this",
			e->grant.id, person(&e->grant, who), e->rule, e->grant.site);
	else
		diag(DIAG_INFO, AREA, "an unknown code refused to %s against %s at %s", person(&e->grant, who), e->rule,
			e->grant.site);
}

/* No control characters: it is written to the log, and to terminals. */
static bool
is_plain(struct slice text)
{
	while (text.len > 0) {
		bool is_well_formed;
		uint32_t c;

		text = slice_sub(text, utf8_next(text, &c, &is_well_formed), text.len);
		if (!is_well_formed || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
			(c >= 0x2066 && c <= 0x2069))
			return false;
	}
	return true;
}

#define IS_TEXT(array) (memchr(array, '\0', sizeof(array)) != NULL && is_plain(slice_of(array)))

bool
override_keeper_event(struct supervisor *s, struct slice payload)
{
	struct override_event e;

	if (payload.len != sizeof e)
		return false;
	memcpy(&e, payload.ptr, sizeof e);
	if (!IS_TEXT(e.grant.user) || !IS_TEXT(e.grant.site) || !IS_TEXT(e.rule))
		return false;
	if (e.result == OVERRIDE_USED)
		note_use(s, &e);
	else
		note_refusal(&e);
	return true;
}

/* ---- time ---- */

static void
say_over(const struct override *o, bool is_expired)
{
	diag(DIAG_INFO, AREA, "%" PRIu32 " is over: %s (%" PRIu32 " of %" PRIu32 " uses)", o->id,
		is_expired ? "its time has come" : "it is used up", o->used, o->uses);
}

static void
sweep(struct supervisor *s)
{
	if (!override_state_sweep(s->overrides, now_seconds(), clock_monotonic_ns(), say_over))
		return;
	save(s);
	tell_worker(s);
}

static void
on_sweep(struct loop_timer *timer)
{
	struct supervisor *s = LIST_ENTRY(timer, struct supervisor, override_sweep);

	sweep(s);
	if (s->overrides->count)
		loop_timer_arm(timer, SWEEP_NS);
}

bool
override_keeper_init(struct supervisor *s)
{
	loop_timer_init(&s->override_sweep, s->loop, on_sweep);
	s->overrides = override_state_new();
	if (s->overrides == NULL)
		return false;
	load_any(s);
	on_sweep(&s->override_sweep);
	return true;
}

/* ---- the control command ---- */

static json_t *
row_of(const struct supervisor *s, const struct override *o)
{
	char client[ADDR_TEXT_MAX + 4] = "any";

	if (o->scope.has_client)
		prefix_format(&o->scope.client, client);
	return json_pack("{s:I,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:s,s:s,s:s,s:s,s:b,s:s}", "id", (json_int_t)o->id, "by",
		o->by, "made", (json_int_t)o->made, "expires", (json_int_t)o->expires, "for_seconds",
		(json_int_t)o->seconds, "uses", (json_int_t)o->uses, "used", (json_int_t)o->used, "last",
		(json_int_t)o->last, "granted", (json_int_t)override_state_grants_of(s->overrides, o->id), "client",
		client, "group", o->scope.group, "rule", o->scope.rule, "category", o->scope.category, "everywhere",
		o->is_everywhere, "note", o->note);
}

static void
list(struct supervisor *s, struct control_request *r)
{
	json_t *rows = json_array();

	sweep(s);
	for (size_t i = 0; i < s->overrides->count; i++)
		json_array_append_new(rows, row_of(s, &s->overrides->items[i]));
	control_answer_with(r, json_pack("{s:o}", "overrides", rows));
}

/* "root", or "anna, as root" where sudo says so: root could say anything. */
static void
name_peer(const struct control_request *r, const json_t *arguments, char *by, size_t size)
{
	const char *sudo_user = json_string_value(json_object_get(arguments, "sudo_user"));
	struct control_peer peer = control_request_peer(r);
	const struct passwd *pw = getpwuid(peer.uid);

	if (pw && peer.uid == 0 && sudo_user && is_plain(slice_of(sudo_user)))
		snprintf(by, size, "%.40s, as %s", sudo_user, pw->pw_name);
	else if (pw)
		snprintf(by, size, "%s", pw->pw_name);
	else
		snprintf(by, size, "uid %u", (unsigned)peer.uid);
}

/* A text of the request, absent or within its bounds. */
static bool
read_text(const json_t *arguments, const char *key, char *dst, size_t size)
{
	const char *text = json_string_value(json_object_get(arguments, key));

	return text == NULL || (slice_to_cstr(slice_of(text), dst, size) && is_plain(slice_of(dst)));
}

/* What is wanted; NULL, or what is wrong with it. */
static const char *
read_wanted(const json_t *arguments, struct override *o)
{
	json_int_t seconds = json_integer_value(json_object_get(arguments, "seconds"));
	json_int_t uses = json_integer_value(json_object_get(arguments, "uses"));
	json_int_t expires = json_integer_value(json_object_get(arguments, "expires"));
	const char *client = json_string_value(json_object_get(arguments, "client"));

	if (seconds < 1 || seconds > OVERRIDE_SECONDS_MAX)
		return "it holds for a second at least, and for 30 days at most";
	if (uses < 1 || uses > OVERRIDE_USES_MAX)
		return "it can be used once at least, and 1000 times at most";
	if (expires <= o->made || expires > o->made + OVERRIDE_LIFE_MAX)
		return "it expires in the future, and within a year";
	o->scope.has_client = client != NULL;
	if (client && !prefix_parse(slice_of(client), &o->scope.client))
		return "the client is no address and no network";
	if (!read_text(arguments, "group", o->scope.group, sizeof o->scope.group) ||
		!read_text(arguments, "rule", o->scope.rule, sizeof o->scope.rule) ||
		!read_text(arguments, "category", o->scope.category, sizeof o->scope.category))
		return "a group, rule or category has at most 128 bytes, and no control characters";
	if (!read_text(arguments, "note", o->note, sizeof o->note))
		return "a note has at most 200 bytes, and no control characters";
	o->seconds = (uint32_t)seconds;
	o->uses = (uint32_t)uses;
	o->expires = expires;
	o->is_everywhere = json_is_true(json_object_get(arguments, "everywhere"));
	return NULL;
}

static void
say_made(const struct override *o)
{
	char client[ADDR_TEXT_MAX + 4] = "any";

	if (o->scope.has_client)
		prefix_format(&o->scope.client, client);
	diag(DIAG_INFO, AREA,
		"%" PRIu32 " made by %s: for %" PRIu32 " s, %" PRIu32 " uses, until %" PRId64
		", client %s, group %s, rule %s, category %s%s, note \"%s\"",
		o->id, o->by, o->seconds, o->uses, o->expires, client, o->scope.group[0] ? o->scope.group : "any",
		o->scope.rule[0] ? o->scope.rule : "any", o->scope.category[0] ? o->scope.category : "any",
		o->is_everywhere ? ", everywhere" : "", o->note);
}

static void
make(struct supervisor *s, struct control_request *r, const json_t *arguments)
{
	struct override o = {.made = now_seconds()};
	const char *wrong = read_wanted(arguments, &o);
	char text[OVERRIDE_CODE_TEXT_MAX];
	struct override_code code;

	sweep(s);
	if (wrong) {
		control_refuse(r, NULL, "%s", wrong);
		return;
	}
	if (s->overrides->count == OVERRIDES_MAX) {
		control_refuse(r, "revoke one", "there are %d codes already", OVERRIDES_MAX);
		return;
	}
	if (!override_code_make(&code) || !override_code_hash(&code, s->overrides->key, o.hash)) {
		control_refuse(r, NULL, "no code can be made: the system has no randomness");
		return;
	}
	name_peer(r, arguments, o.by, sizeof o.by);
	o.id = ++s->overrides->last_id;
	s->overrides->items[s->overrides->count++] = o;
	if (save(s)) {
		say_made(&o);
		tell_worker(s);
		loop_timer_arm(&s->override_sweep, SWEEP_NS);
		supervisor_answer_after_worker(s, r,
			json_pack("{s:I,s:s,s:I}", "id", (json_int_t)o.id, "code", override_code_format(&code, text),
				"expires", (json_int_t)o.expires));
	} else {
		override_state_drop(s->overrides, o.id);
		control_refuse(r, "see the daemon's log", "the code cannot be kept");
	}
	override_code_wipe(&code);
}

static void
take_back(struct supervisor *s, struct control_request *r, const json_t *arguments)
{
	json_int_t id = json_integer_value(json_object_get(arguments, "id"));
	const struct override *o = id > 0 && id < UINT32_MAX ? override_state_find(s->overrides, (uint32_t)id) : NULL;
	char by[OVERRIDE_BY_MAX + 1];

	if (o == NULL) {
		control_refuse(r, "see sluicectl override list", "there is no override of that number, or it is over");
		return;
	}
	name_peer(r, arguments, by, sizeof by);
	diag(DIAG_INFO, AREA, "%" PRIu32 " revoked by %s (%" PRIu32 " of %" PRIu32 " uses, %zu granted)", o->id, by,
		o->used, o->uses, override_state_grants_of(s->overrides, o->id));
	override_state_drop(s->overrides, (uint32_t)id);
	tell_worker(s);
	if (save(s))
		supervisor_answer_after_worker(s, r, json_pack("{s:I}", "revoked", id));
	else
		control_refuse(r, "see the daemon's log",
			"it is revoked, but the file cannot be written: after a restart it would hold again");
}

void
override_keeper_handle(void *context, struct control_request *r, const json_t *arguments)
{
	struct supervisor *s = context;
	const char *action = json_string_value(json_object_get(arguments, "action"));

	if (action && strcmp(action, "list") == 0)
		list(s, r);
	else if (action && strcmp(action, "new") == 0)
		make(s, r, arguments);
	else if (action && strcmp(action, "revoke") == 0)
		take_back(s, r, arguments);
	else
		control_refuse(r, "ask for list, new or revoke", "there is no such action on overrides");
}
