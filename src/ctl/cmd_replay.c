/* sluicectl replay: which recorded requests other rules would have judged otherwise. */
#include "ctl/filter.h"
#include "ctl/json_view.h"
#include "ctl/judgement.h"
#include "ctl/log_files.h"
#include "ctl/terminal.h"

#include "base/map.h"
#include "policy/evaluate.h"
#include "record/record.h"

#include <stdlib.h>
#include <string.h>

extern const struct ctl_command cmd_replay;

#define KEY_MAX 1024
#define RULE_ID_MAX 256 /* bytes of it that are shown */
#define VERB_MAX 32
#define GROUPS_SHOWN 50

struct options {
	const char *policy;
	const char *file;
	struct option_count limit;
};

static const struct ctl_option rows[] = {
	{"policy", 0, OPTION_TEXT, offsetof(struct options, policy), "FILE", "the configuration with the other rules"},
	{"file", 'f', OPTION_TEXT, offsetof(struct options, file), "FILE",
		"this file of records, and what it was rotated to"},
	{"limit", 'n', OPTION_COUNT, offsetof(struct options, limit), "N", "show the N largest groups (50; 0 for all)"},
};

/* Changes of one kind: from verb and rule to verb and rule, at one site. */
struct change {
	uint64_t count;
	struct slice parts[5]; /* of `key`: was, by, would be, by, site */
	size_t key_len;
	char key[];
};

struct replay {
	const struct policy_file *now;
	struct policy_file *other;
	struct map changes;
	uint64_t records;
	uint64_t changed;
	uint64_t untold;  /* what the other rules ask for was not recorded */
	uint32_t missing; /* FACT_BIT()s of that */
	bool failed;      /* memory was out */
};

/* A request for a path of ours, by which somebody went on after a warning or sent an override code: no rule judged it.
 */
static bool
is_our_own(const struct entry *e, struct buffer *scratch)
{
	return entry_find(e, SLICE("sluice.override.result")) ||
	       slice_eq(entry_text(entry_find(e, SLICE("sluice.warning")), scratch), SLICE("followed"));
}

/* What became of it under the policy in force: the rule's verb, and inspection where none decided.  A code that set a
 * rule aside is no policy. */
static struct slice
recorded_verb(const struct entry *e, struct buffer *scratch)
{
	struct slice verb = entry_text(entry_find(e, SLICE("sluice.verb")), scratch);

	if (entry_find(e, SLICE("sluice.override.rule")))
		return SLICE("block");
	return verb.len ? slice_sub(verb, 0, VERB_MAX) : SLICE("inspect");
}

/* A pass by a name that hides another is never given, whatever the rules say: it was read, or refused as configured. */
static bool
was_not_passed_for_its_name(const struct entry *e, struct buffer *scratch)
{
	return !slice_eq(recorded_verb(e, scratch), slice_of(verb_name(VERB_PASS))) &&
	       slice_eq(entry_text(entry_find(e, SLICE("rule.reason")), scratch), SLICE(RECORD_REASON_HIDDEN_NAME));
}

static struct slice
recorded_rule(const struct entry *e, struct buffer *scratch)
{
	const struct entry_field *aside = entry_find(e, SLICE("sluice.override.rule"));

	return entry_text(aside ? aside : entry_find(e, SLICE("rule.id")), scratch);
}

/* "was\nby\nwould be\nby\nsite": none of them holds a line feed but a hostile site, which then only groups oddly. */
static void
count_change(struct replay *r, struct slice key)
{
	struct change *c = map_get(&r->changes, key);
	struct slice rest;

	r->changed++;
	if (c == NULL) {
		c = calloc(1, sizeof *c + key.len);
		if (c == NULL || !map_put(&r->changes, slice_make(memcpy(c->key, key.ptr, key.len), key.len), c)) {
			free(c);
			r->failed = true;
			return;
		}
		c->key_len = key.len;
		rest = slice_make(c->key, key.len);
		for (size_t i = 0; i < 5; i++)
			slice_split(&rest, '\n', &c->parts[i]);
	}
	c->count++;
}

static void
judge(struct replay *r, const struct entry *e, struct buffer *scratch)
{
	static struct situation s;
	struct verdict verdict;
	const char *verb;
	char key[KEY_MAX];
	size_t n;

	if (is_our_own(e, scratch) || !situation_from_record(&s, e,
					      &(struct situation_recording){r->now->settings.conf->record.urls,
						      r->now->policy->facts, r->now->policy->upload_facts, scratch}))
		return;
	r->records++;
	judgement_prepare(r->other, &s, true);
	/* It was passed because it could not be read. */
	if (slice_eq(entry_text(entry_find(e, SLICE("rule.id")), scratch), SLICE("bypass")) &&
		policy_may_bypass(r->other->policy, &s.facts, NULL))
		return;
	judgement_of(r->other, &s, &verdict);
	/* A flow that is not decided by its first bytes is inspected; what the certificate or the content would have
	 * said nobody knows. */
	if (verdict.verb == VERB_UNDECIDED &&
		((verdict.needs & FACT_BIT(FACT_CERTIFICATE)) || fact_is_known(&s.facts, FACT_METHOD))) {
		r->untold++;
		r->missing |= verdict.needs;
		return;
	}
	if (verdict.verb == VERB_UNDECIDED || (verdict.verb == VERB_PASS && was_not_passed_for_its_name(e, scratch)))
		verdict.verb = VERB_INSPECT;
	verb = verb_name(verdict.verb);
	if (slice_eq(recorded_verb(e, scratch), slice_of(verb)))
		return;
	n = (size_t)snprintf(key, sizeof key, "%.*s\n", SLICE_ARG(recorded_verb(e, scratch)));
	n += (size_t)snprintf(key + n, sizeof key - n, "%.*s\n%s\n%.*s\n",
		SLICE_ARG(slice_sub(recorded_rule(e, scratch), 0, RULE_ID_MAX)), verb,
		SLICE_ARG(slice_sub(verdict_rule_id(&verdict), 0, RULE_ID_MAX)));
	n += (size_t)snprintf(key + n, sizeof key - n, "%.*s", SLICE_ARG(s.facts.site));
	count_change(r, slice_make(key, n < sizeof key ? n : sizeof key - 1));
}

static int
most_first(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a, *y = *(struct change *const *)b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return slice_compare(slice_make(x->key, x->key_len), slice_make(y->key, y->key_len));
}

static void
print_table(struct ctl *ctl, struct change *const *list, size_t count)
{
	static const char *const titles[] = {"COUNT", "WAS", "BY", "WOULD BE", "BY", "SITE"};
	struct grid g;

	grid_init(&g, titles, 6, 1);
	for (size_t i = 0; i < count; i++) {
		grid_printf(&g, "%llu", (unsigned long long)list[i]->count);
		for (size_t k = 0; k < 5; k++)
			grid_add(&g, list[i]->parts[k]);
	}
	if (count)
		grid_print(&g, ctl->out, ctl->colour);
	grid_release(&g);
}

static json_t *
changes_to_json(struct change *const *list, size_t count)
{
	static const char *const keys[] = {"was", "was_by", "would_be", "would_be_by", "site"};
	json_t *all = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *one = json_pack("{s:I}", "count", (json_int_t)list[i]->count);

		for (size_t k = 0; k < 5; k++)
			json_object_set_new(one, keys[k], json_stringn(list[i]->parts[k].ptr, list[i]->parts[k].len));
		json_array_append_new(all, one);
	}
	return all;
}

/* What the records would have had to keep. */
static void
print_missing(struct ctl *ctl, const struct replay *r)
{
	char names[256];

	if (r->missing)
		fprintf(ctl->out, ": %s%s", facts_list(r->missing, names, sizeof names),
			r->missing & FACT_BIT(FACT_PATH) ? " (record { urls full } keeps it)" : "");
	fputc('\n', ctl->out);
}

static void
report(struct ctl *ctl, struct replay *r, size_t limit)
{
	struct change **list = malloc((r->changes.count + 1) * sizeof *list);
	const struct map_entry *entry;
	size_t count = 0, at = 0;

	while (list && (entry = map_next(&r->changes, &at)) != NULL)
		list[count++] = entry->value;
	if (count > 1)
		qsort(list, count, sizeof *list, most_first);
	count = limit && limit < count ? limit : count;
	if (ctl->json) {
		json_t *j = json_pack("{s:I, s:I, s:I, s:o}", "records", (json_int_t)r->records, "changed",
			(json_int_t)r->changed, "untold", (json_int_t)r->untold, "changes",
			changes_to_json(list, count));

		json_view_dump(ctl, j);
		json_decref(j);
	} else {
		print_table(ctl, list, count);
		fprintf(ctl->out, "%llu of %llu verdicts would change; of %llu more the records do not tell",
			(unsigned long long)r->changed, (unsigned long long)r->records, (unsigned long long)r->untold);
		print_missing(ctl, r);
	}
	free(list);
}

static int
replay(struct ctl *ctl, struct replay *r, const char *path, const struct filter *f, size_t limit)
{
	struct buffer scratch = buffer_make(RECORD_LINE_MAX);
	struct log_files files;
	struct slice line;
	struct entry e;
	int status = EX_OK;

	if (log_files_open(&files, path, f->since)) {
		while (!r->failed && log_files_next(&files, &line, &e)) {
			if (filter_matches(f, &e, line, &scratch))
				judge(r, &e, &scratch);
		}
		report(ctl, r, limit);
	}
	if (r->failed)
		status = ctl_fail(ctl, EX_OSERR, "narrow it with --since or --site", "memory is out");
	else if (files.error[0])
		status = ctl_fail(ctl, EX_NOINPUT, NULL, "%s", files.error);
	log_files_close(&files);
	buffer_release(&scratch);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct options options = {.limit.value = GROUPS_SHOWN};
	struct filter filter = {0};
	struct policy_file now = {0}, other = {0};
	struct replay r = {.now = &now, .other = &other};
	int first, status = option_parse(ctl, argc, argv, &options, &filter, &first);
	const struct map_entry *entry;
	const char *wrong;
	size_t at = 0;

	if (status != EX_OK || first < 0)
		return status;
	wrong = filter_check(&filter);
	if (wrong || options.policy == NULL || first < argc)
		return ctl_fail_usage(ctl, "%s", wrong ? wrong : "replay wants --policy FILE, and no operands");
	map_init(&r.changes);
	status = policy_file_load(ctl, ctl->conf_path, &now);
	if (status == EX_OK)
		status = policy_file_load(ctl, options.policy, &other);
	if (status == EX_OK)
		status = replay(ctl, &r, options.file ? options.file : now.settings.conf->record.path, &filter,
			options.limit.value);
	while ((entry = map_next(&r.changes, &at)) != NULL)
		free(entry->value);
	map_release(&r.changes);
	policy_file_release(&other);
	policy_file_release(&now);
	return status;
}

const struct ctl_command cmd_replay = {
	.name = "replay",
	.operands = "",
	.summary = "Judge recorded requests anew by other rules, and list what would change",
	.help = "What the other rules ask for and records do not hold (headers, certificates, paths where records keep "
		"only hosts) is counted apart.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.has_filter = true,
	.run = run,
};
