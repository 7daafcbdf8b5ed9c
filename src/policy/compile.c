/* Trees to policies.  See compile.h. */
#include "policy/compile.h"

#include "conf/load.h"
#include "policy/condition_text.h"

#include <stdio.h>
#include <stdlib.h>

struct compiler {
	struct policy *policy;
	const struct conf_tree *tree;
	struct problems *problems;
	const struct schedule **schedules;
	const struct zone *local_zone;
	/* Each zone once, so that times in one can be compared. */
	struct {
		struct slice name;
		const struct zone *zone;
	} zones[POLICY_TIMES_MAX];
	size_t zone_count;
};

static bool
out_of_memory(struct compiler *c, const struct conf_statement *statement)
{
	conf_error(c->problems, statement, &statement->words[0], NULL, "out of memory, or a policy too large");
	return false;
}

/* names */

static const char *
own_name(const struct policy *policy, enum policy_name kind, unsigned number)
{
	return number < policy->name_counts[kind] ? policy->name_lists[kind][number] : NULL;
}

static const char *
own_category(const void *policy, unsigned number)
{
	return own_name(policy, NAME_CATEGORY, number);
}

static const char *
own_type_class(const void *policy, unsigned number)
{
	return own_name(policy, NAME_TYPE_CLASS, number);
}

static const char *
own_topic(const void *policy, unsigned number)
{
	return own_name(policy, NAME_TOPIC, number);
}

static const char *
own_mime(const void *policy, unsigned number)
{
	return own_name(policy, NAME_MIME, number);
}

static bool
copy_categories(struct policy *policy, const struct policy_names *names)
{
	unsigned count = policy->name_counts[NAME_CATEGORY];
	struct policy_category *categories = arena_alloc(&policy->arena, (count + 1) * sizeof *categories);

	for (unsigned i = 0; categories && i < count; i++) {
		int same_as = names->alias_of ? names->alias_of(names->context, i) : -1;

		categories[i] = (struct policy_category){
			.same_as = (uint16_t)(same_as < 0 ? i : (unsigned)same_as),
			.is_empty = names->is_empty && names->is_empty(names->context, i),
		};
	}
	policy->categories = categories;
	return categories != NULL;
}

static bool
copy_names(struct policy *policy, const struct policy_names *names)
{
	for (unsigned kind = 0; names && kind < NAME_KINDS; kind++) {
		unsigned count = 0;
		const char **list;

		if (names->of[kind] == NULL)
			continue;
		while (count < NAMES_MAX && names->of[kind](names->context, count))
			count++;
		list = arena_alloc(&policy->arena, (count + 1) * sizeof *list);
		if (list == NULL)
			return false;
		for (unsigned i = 0; i < count; i++) {
			list[i] = arena_copy(&policy->arena, slice_of(names->of[kind](names->context, i))).ptr;
			if (list[i] == NULL)
				return false;
		}
		policy->name_lists[kind] = list;
		policy->name_counts[kind] = count;
	}
	policy->names = (struct policy_names){
		.of = {[NAME_CATEGORY] = own_category,
			[NAME_TYPE_CLASS] = own_type_class,
			[NAME_TOPIC] = own_topic,
			[NAME_MIME] = own_mime},
		.context = policy,
	};
	return names == NULL || copy_categories(policy, names);
}

/* groups */

static bool
is_group_key(const void *context, struct slice word)
{
	return slice_eq(word, SLICE("net")) || slice_eq(word, SLICE("mac")) || slice_eq(word, SLICE("user")) ||
	       slice_eq(word, SLICE("users"));
}

static bool
add_net(struct compiler *c, unsigned group, const struct conf_field *field, const struct conf_word *word)
{
	struct prefix prefix;

	if (!prefix_parse(word->text, &prefix)) {
		conf_error(c->problems, field->statement, word,
			"write 192.0.2.0/24, 2001:db8::/32 or a single address, without bits below the length",
			"\"%.*s\" is no network", SLICE_ARG(word->text));
		return true;
	}
	return groups_add_net(&c->policy->groups, group, &prefix);
}

static bool
add_mac(struct compiler *c, unsigned group, const struct conf_field *field, const struct conf_word *word)
{
	uint8_t mac[6];

	if (!mac_parse(word->text, mac)) {
		conf_error(c->problems, field->statement, word, "write 02:00:00:aa:bb:cc", "\"%.*s\" is no MAC address",
			SLICE_ARG(word->text));
		return true;
	}
	return groups_add_mac(&c->policy->groups, group, mac, &c->policy->arena);
}

static bool
add_user(struct compiler *c, unsigned group, const struct conf_field *field, const struct conf_word *word)
{
	return groups_add_user(&c->policy->groups, group, word->text, &c->policy->arena);
}

/* A file with a name a line; # begins a comment. */
static bool
add_users_file(struct compiler *c, unsigned group, const struct conf_field *field, const struct conf_word *word)
{
	struct slice bytes, line;
	char name[4096];

	if (!slice_to_cstr(word->text, name, sizeof name) || !conf_tree_find_source(c->tree, name, &bytes)) {
		conf_error(c->problems, field->statement, word,
			"name an absolute path of a file that root can read and that is 16 MiB at most",
			"the file of users %.*s cannot be read", SLICE_ARG(word->text));
		return true;
	}
	/* A group whose file is empty still asks for the user. */
	group_set_add(&c->policy->groups.by_user, group);
	while (slice_split(&bytes, '\n', &line)) {
		line = slice_sub(line, 0, slice_find(line, '#'));
		if (slice_ends_with(line, SLICE("\r")))
			line.len--;
		line = slice_trim(line);
		if (line.len && !groups_add_user(&c->policy->groups, group, line, &c->policy->arena))
			return false;
	}
	return true;
}

static const struct {
	const char *key;
	bool (*add)(struct compiler *c, unsigned group, const struct conf_field *field, const struct conf_word *word);
} members[] = {{"net", add_net}, {"mac", add_mac}, {"user", add_user}, {"users", add_users_file}};

static bool
read_member(struct compiler *c, unsigned group, const struct conf_field *field)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (!slice_eq(field->key->text, slice_of(members[i].key)))
			continue;
		if (field->count == 0)
			conf_error(c->problems, field->statement, field->key, NULL, "%s has no value", members[i].key);
		for (unsigned v = 0; v < field->count; v++)
			if (!members[i].add(c, group, field, &field->values[v]))
				return out_of_memory(c, field->statement);
		return true;
	}
	conf_error(c->problems, field->statement, field->key, "write net, mac, user or users (a file)",
		"\"%.*s\" says nothing about a group", SLICE_ARG(field->key->text));
	return true;
}

static bool
read_group(struct compiler *c, const struct conf_statement *statement)
{
	struct conf_fields fields = conf_fields_of(statement->block, is_group_key, NULL);
	struct groups *groups = &c->policy->groups;
	struct conf_field field;
	struct slice name;
	int group;

	if (groups_find(groups, statement->words[1].text) >= 0) {
		conf_error(c->problems, statement, &statement->words[1], "give it another name",
			"there is a group \"%.*s\" already", SLICE_ARG(statement->words[1].text));
		return true;
	}
	name = arena_copy(&c->policy->arena, statement->words[1].text);
	group = name.ptr ? groups_add(groups, name) : -1;
	if (group < 0) {
		conf_error(c->problems, statement, &statement->words[1], NULL, "more than %d groups", GROUPS_MAX - 1);
		return false;
	}
	if (statement->block == NULL)
		conf_warning(c->problems, statement, &statement->words[1], "add: net, mac, user or users",
			"the group \"%.*s\" is empty", SLICE_ARG(name));
	while (conf_field_next(&fields, &field))
		if (!read_member(c, (unsigned)group, &field))
			return false;
	return true;
}

/* times */

static const struct zone *
zone_from_source(struct compiler *c, const char *path)
{
	struct zone *zone = arena_alloc(&c->policy->arena, sizeof *zone);
	struct slice bytes;

	if (zone == NULL || !conf_tree_find_source(c->tree, path, &bytes) ||
		!zone_parse(bytes, &c->policy->arena, zone))
		return NULL;
	return zone;
}

static const struct zone *
read_zone(struct compiler *c, const struct conf_statement *statement, const struct conf_word *word)
{
	const struct zone *zone;
	char path[512];

	for (size_t i = 0; i < c->zone_count; i++)
		if (slice_eq(c->zones[i].name, word->text))
			return c->zones[i].zone;
	snprintf(path, sizeof path, CONF_ZONE_DIR "%.*s", SLICE_ARG(word->text));
	zone = zone_from_source(c, path);
	if (zone && c->zone_count < POLICY_TIMES_MAX) {
		c->zones[c->zone_count].name = word->text;
		c->zones[c->zone_count++].zone = zone;
	}
	if (zone)
		return zone;
	conf_error(c->problems, statement, word, "name one of " CONF_ZONE_DIR ", for example Europe/Berlin",
		"there is no time zone \"%.*s\"", SLICE_ARG(word->text));
	return NULL;
}

/* Days, then spans; days without spans are whole days. */
struct time_reader {
	uint8_t days;
	bool has_span;
};

static void
end_days(struct schedule *schedule, struct time_reader *reader)
{
	if (reader->days && !reader->has_span)
		schedule_add(schedule, reader->days, 0, 24 * 60);
	*reader = (struct time_reader){0};
}

static void
read_time_word(struct compiler *c, struct schedule *schedule, struct time_reader *reader,
	const struct conf_statement *statement, const struct conf_word *word)
{
	unsigned from, to;
	uint8_t days;

	if (schedule_parse_days(word->text, &days)) {
		if (reader->has_span)
			end_days(schedule, reader);
		reader->days |= days;
	} else if (!schedule_parse_span(word->text, &from, &to)) {
		conf_error(c->problems, statement, word, "write mon-fri 08:00-12:00, sat,sun, daily, or zone NAME",
			"\"%.*s\" is neither days nor a span of time", SLICE_ARG(word->text));
	} else if (reader->days == 0) {
		conf_error(c->problems, statement, word, "write the days in front: mon-fri, sat,sun, daily",
			"the span %.*s has no days", SLICE_ARG(word->text));
		reader->days = 0x7f;
	} else {
		schedule_add(schedule, reader->days, from, to);
		reader->has_span = true;
	}
}

static void
read_time_line(struct compiler *c, struct schedule *schedule, const struct conf_statement *line)
{
	struct time_reader reader = {0};

	for (unsigned w = 0; w < line->count; w++) {
		if (!slice_eq(line->words[w].text, SLICE("zone"))) {
			read_time_word(c, schedule, &reader, line, &line->words[w]);
			continue;
		}
		end_days(schedule, &reader);
		if (++w < line->count)
			schedule->zone = read_zone(c, line, &line->words[w]);
		else
			conf_error(c->problems, line, &line->words[w - 1], NULL, "zone has no value");
	}
	end_days(schedule, &reader);
}

static bool
read_time(struct compiler *c, const struct conf_statement *statement)
{
	const struct conf_word *name = &statement->words[1];
	struct policy *policy = c->policy;
	struct schedule *schedule;

	for (size_t i = 0; i < policy->schedule_count; i++) {
		if (slice_eq(policy->schedules[i]->name, name->text)) {
			conf_error(c->problems, statement, name, "give it another name",
				"there is a time \"%.*s\" already", SLICE_ARG(name->text));
			return true;
		}
	}
	if (policy->schedule_count == POLICY_TIMES_MAX) {
		conf_error(c->problems, statement, name, NULL, "more than %d times", POLICY_TIMES_MAX);
		return false;
	}
	schedule = arena_zalloc(&policy->arena, sizeof *schedule);
	if (schedule == NULL)
		return out_of_memory(c, statement);
	schedule->name = arena_copy(&policy->arena, name->text);
	if (schedule->name.ptr == NULL)
		return out_of_memory(c, statement);
	schedule->zone = c->local_zone;
	for (const struct conf_statement *line = statement->block; line; line = line->next)
		read_time_line(c, schedule, line);
	if (schedule->zone == NULL)
		schedule->zone = &zone_utc; /* there was an error */
	if (schedule_is_empty(schedule))
		conf_warning(c->problems, statement, name, "write days and spans into it",
			"the time \"%.*s\" never comes", SLICE_ARG(name->text));
	c->schedules[policy->schedule_count++] = schedule;
	return true;
}

/* rules */

/* What the rule asks of uploads: all that it looks at where it says that it is about them, and their size, which
 * costs no reading, where it does not say that it is about downloads. */
static uint32_t
facts_of_uploads(const struct rule *rule)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct condition *c = &rule->conditions[i];

		if (c->kind->evaluate == condition_evaluate_direction)
			return (c->direction == DIRECTION_UPLOAD) != c->is_negated ? rule->facts : 0;
	}
	return rule->facts & FACT_BIT(FACT_SIZE);
}

static bool
read_rules(struct compiler *c)
{
	struct condition_reader reader = {
		.arena = &c->policy->arena,
		.problems = c->problems,
		.names = &c->policy->names,
		.groups = &c->policy->groups,
		.sites = &c->policy->sites,
		.schedules = c->policy->schedules,
		.schedule_count = c->policy->schedule_count,
	};
	size_t count = 0;
	struct rule *rules;

	for (const struct conf_statement *block = c->tree->first; block; block = block->next)
		if (block->has_block && slice_eq(block->words[0].text, SLICE("policy")))
			for (const struct conf_statement *s = block->block; s; s = s->next)
				count++;
	rules = arena_alloc(&c->policy->arena, (count + 1) * sizeof *rules);
	if (rules == NULL || count > POLICY_RULES_MAX) {
		problems_add(
			c->problems, false, NULL, 0, 0, "use lists and groups", "more than %d rules", POLICY_RULES_MAX);
		return false;
	}
	c->policy->rules = rules;
	for (const struct conf_statement *block = c->tree->first; block; block = block->next) {
		if (!block->has_block || !slice_eq(block->words[0].text, SLICE("policy")))
			continue;
		for (const struct conf_statement *s = block->block; s; s = s->next) {
			struct rule *rule = &rules[c->policy->rule_count];

			if (!rule_read(&reader, s, (unsigned)c->policy->rule_count + 1, rule))
				continue;
			c->policy->facts |= rule->facts;
			c->policy->upload_facts |= facts_of_uploads(rule);
			c->policy->rule_count++;
		}
	}
	return true;
}

/* Calls read for each `NAME ... { }` of the tree. */
static bool
read_blocks(struct compiler *c, struct slice name, bool (*read)(struct compiler *, const struct conf_statement *))
{
	for (const struct conf_statement *s = c->tree->first; s; s = s->next)
		if (s->has_block && s->count == 2 && slice_eq(s->words[0].text, name) && !read(c, s))
			return false;
	return true;
}

struct policy *
policy_compile(const struct conf_tree *tree, const struct policy_names *names, struct problems *problems)
{
	size_t errors = problems->errors;
	struct compiler c = {.tree = tree, .problems = problems};
	bool ok = false;

	c.policy = calloc(1, sizeof *c.policy);
	if (c.policy == NULL)
		goto out;
	c.policy->arena = arena_make(POLICY_ARENA_MAX);
	atomic_init(&c.policy->references, 1);
	groups_init(&c.policy->groups);
	sites_init(&c.policy->sites);
	c.schedules = arena_alloc(&c.policy->arena, POLICY_TIMES_MAX * sizeof *c.schedules);
	c.policy->schedules = c.schedules;
	c.local_zone = zone_from_source(&c, CONF_LOCAL_ZONE);
	if (c.local_zone == NULL)
		c.local_zone = &zone_utc;
	ok = c.schedules && copy_names(c.policy, names) && read_blocks(&c, SLICE("group"), read_group) &&
	     groups_finish(&c.policy->groups, &c.policy->arena) && read_blocks(&c, SLICE("time"), read_time) &&
	     read_rules(&c);
out:
	if (!ok && problems->errors == errors)
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory, or a policy too large");
	if (problems->errors == errors)
		return c.policy;
	policy_release(c.policy);
	return NULL;
}

struct policy *
policy_share(struct policy *policy)
{
	atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
	return policy;
}

void
policy_release(struct policy *policy)
{
	if (policy == NULL || atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) > 1)
		return;
	groups_release(&policy->groups);
	sites_release(&policy->sites);
	arena_release(&policy->arena);
	free(policy);
}

const char *
policy_name(const struct policy *policy, enum policy_name kind, unsigned number)
{
	return own_name(policy, kind, number);
}
