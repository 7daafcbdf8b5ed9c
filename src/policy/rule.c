/* Words to a rule.  See rule.h. */
#include "policy/rule.h"

#include "conf/suggest.h"
#include "conf/value.h"

#include <stdio.h>

#define CONDITIONS_MAX 64 /* of one rule */
#define WARN_FOR_NS (UINT64_C(15) * 60 * 1000000000)

static const char *const verb_names[VERBS] = {"pass", "inspect", "block", "warn", "undecided"};

const char *
verb_name(enum verb verb)
{
	return verb_names[verb];
}

static bool
refuse_option(struct condition_reader *reader, const struct conf_field *field, const char *remedy)
{
	const struct conf_word *word = field->count ? &field->values[field->count - 1] : field->key;

	conf_error(
		reader->problems, field->statement, word, remedy, "%.*s cannot be read", SLICE_ARG(field->key->text));
	return false;
}

static bool
read_reason(struct condition_reader *reader, struct rule *rule, const struct conf_field *field)
{
	if (field->count != 1 || field->values[0].text.len > 500)
		return refuse_option(reader, field, "write one text in quotes, of 500 bytes at most");
	rule->reason = arena_copy(reader->arena, field->values[0].text);
	return rule->reason.ptr != NULL;
}

static bool
read_id(struct condition_reader *reader, struct rule *rule, const struct conf_field *field)
{
	if (field->count != 1 || field->values[0].text.len == 0 || field->values[0].text.len > 64)
		return refuse_option(reader, field, "write one word of 64 bytes at most");
	rule->id = arena_copy(reader->arena, field->values[0].text);
	return rule->id.ptr != NULL;
}

static bool
read_monitor(struct condition_reader *reader, struct rule *rule, const struct conf_field *field)
{
	rule->is_monitor = true;
	return field->count == 0 || refuse_option(reader, field, "monitor takes no value");
}

static bool
read_no_override(struct condition_reader *reader, struct rule *rule, const struct conf_field *field)
{
	rule->is_no_override = true;
	return field->count == 0 || refuse_option(reader, field, "no_override takes no value");
}

static bool
read_for(struct condition_reader *reader, struct rule *rule, const struct conf_field *field)
{
	if (field->count != 1 || !conf_value_duration(field->values[0].text, &rule->for_ns) || rule->for_ns == 0)
		return refuse_option(reader, field, "write a duration: 15m, 1h");
	if (rule->verb == VERB_WARN)
		return true;
	conf_error(reader->problems, field->statement, field->key, "remove it, or write warn", "for belongs to warn");
	return false;
}

static bool
read_log(struct condition_reader *reader, struct rule *rule, const struct conf_field *field)
{
	static const char *const levels[] = {"full", "brief", "none"};

	for (unsigned i = 0; field->count == 1 && i < 3; i++) {
		if (slice_eq(field->values[0].text, slice_of(levels[i]))) {
			rule->log = i;
			return true;
		}
	}
	return refuse_option(reader, field, "write log full, log brief or log none");
}

const struct rule_option rule_options[] = {
	{"reason", "TEXT", "What the block page and the record say.", read_reason},
	{"monitor", "", "Recorded as it would have been, and not enforced: the walk goes on with the next rule.",
		read_monitor},
	{"no_override", "", "No override code gets around the rule.", read_no_override},
	{"for", "TIME", "How long a click on the warn page is remembered; 15m where not said.", read_for},
	{"log", "full | brief | none", "How much is recorded: as the settings say, the host alone, or nothing.",
		read_log},
	{"id", "NAME", "What records call the rule; its file and line where not said.", read_id},
};
const size_t rule_option_count = sizeof rule_options / sizeof rule_options[0];

static const struct rule_option *
option_find(struct slice name)
{
	for (size_t i = 0; i < rule_option_count; i++)
		if (slice_eq(slice_of(rule_options[i].name), name))
			return &rule_options[i];
	return NULL;
}

static bool
is_keyword(struct slice text)
{
	return slice_eq(text, SLICE("not")) || condition_kind_find(text) || option_find(text);
}

/* Whether a keyword takes no value, so that what follows it is the next keyword. */
static bool
takes_nothing(struct slice text)
{
	const struct condition_kind *kind = condition_kind_find(text);
	const struct rule_option *option = option_find(text);

	return kind ? kind->least == 0 : option && *option->value == '\0';
}

static void
refuse_word(struct condition_reader *reader, const struct conf_statement *statement, const struct conf_word *word)
{
	struct conf_suggest search = {.word = word->text};
	char remedy[160];

	for (size_t i = 0; i < condition_kind_count; i++)
		conf_suggest_offer(&search, condition_kinds[i].name);
	for (size_t i = 0; i < rule_option_count; i++)
		conf_suggest_offer(&search, rule_options[i].name);
	conf_error(reader->problems, statement, word,
		conf_suggest_text(&search, "a rule reads: VERB GROUP CONDITION... OPTION...", remedy, sizeof remedy),
		"\"%.*s\" is no condition and no option", SLICE_ARG(word->text));
}

static bool
read_head(struct condition_reader *reader, const struct conf_statement *statement, struct rule *rule)
{
	struct conf_suggest search = {.word = statement->words[0].text};
	char remedy[160];
	unsigned verb = 0;
	int group;

	while (verb < VERB_UNDECIDED && !slice_eq(statement->words[0].text, slice_of(verb_names[verb])))
		conf_suggest_offer(&search, verb_names[verb++]);
	if (verb == VERB_UNDECIDED) {
		conf_error(reader->problems, statement, &statement->words[0],
			conf_suggest_text(&search, "write pass, inspect, block or warn", remedy, sizeof remedy),
			"\"%.*s\" is no verb", SLICE_ARG(statement->words[0].text));
		return false;
	}
	rule->verb = verb;
	if (statement->count < 3 || statement->has_block) {
		conf_error(reader->problems, statement, &statement->words[0], "write any where all traffic is meant",
			"a rule reads: VERB GROUP CONDITION... OPTION...");
		return false;
	}
	group = groups_find(reader->groups, statement->words[1].text);
	if (group < 0) {
		search = (struct conf_suggest){.word = statement->words[1].text};
		for (unsigned i = 0; i < reader->groups->count; i++)
			conf_suggest_offer(&search, reader->groups->names[i].ptr);
		conf_error(reader->problems, statement, &statement->words[1],
			conf_suggest_text(&search, "define it (group NAME { net ... }), or write everyone", remedy,
				sizeof remedy),
			"there is no group \"%.*s\"", SLICE_ARG(statement->words[1].text));
		return false;
	}
	rule->group = (uint16_t)group;
	return true;
}

/* The words from one to another, with single blanks; quoted ones in quotes.  ptr is NULL when memory is out. */
static struct slice
words_text(struct arena *arena, const struct conf_word *words, unsigned count)
{
	size_t size = 1, n = 0;
	char *text;

	for (unsigned i = 0; i < count; i++)
		size += words[i].text.len * 2 + 3;
	text = arena_alloc(arena, size);
	if (text == NULL)
		return (struct slice){NULL, 0};
	for (unsigned i = 0; i < count; i++) {
		if (i)
			text[n++] = ' ';
		if (words[i].is_quoted)
			text[n++] = '"';
		for (size_t c = 0; c < words[i].text.len; c++) {
			char byte = words[i].text.ptr[c];

			if (words[i].is_quoted && (byte == '"' || byte == '\\'))
				text[n++] = '\\';
			text[n++] = byte == '\n' || byte == '\t' ? ' ' : byte;
		}
		if (words[i].is_quoted)
			text[n++] = '"';
	}
	return slice_make(text, n);
}

static bool
read_condition(struct condition_reader *reader, const struct conf_field *field, bool is_negated,
	const struct condition_kind *kind, struct rule *rule, struct condition *conditions)
{
	struct condition *condition = &conditions[rule->condition_count];
	const struct conf_word *first = field->key - is_negated;

	if (rule->condition_count == CONDITIONS_MAX) {
		conf_error(reader->problems, field->statement, field->key, NULL, "more than %d conditions in one rule",
			CONDITIONS_MAX);
		return false;
	}
	if (field->count < kind->least || (kind->least == 0 && field->count)) {
		conf_error(reader->problems, field->statement, field->key, NULL, "%s reads: %s %s", kind->name,
			kind->name, kind->values);
		return false;
	}
	*condition = (struct condition){
		.kind = kind,
		.is_negated = is_negated,
		.line = first->line,
		.column = first->column,
		.text = words_text(reader->arena, first, field->count + 1 + is_negated),
	};
	if (condition->text.ptr == NULL) {
		conf_error(reader->problems, field->statement, field->key, NULL, "out of memory");
		return false;
	}
	if (!kind->read(reader, condition, field))
		return false;
	rule->condition_count++;
	rule->facts |= condition->facts;
	if (condition->stage > rule->stage)
		rule->stage = condition->stage;
	return true;
}

/* The words behind the group: conditions and options, in any order. */
static bool
read_body(struct condition_reader *reader, const struct conf_statement *statement, struct rule *rule,
	struct condition *conditions)
{
	bool is_negated = false;
	unsigned next;

	for (unsigned at = 2; at < statement->count; at = next) {
		const struct conf_word *word = &statement->words[at];
		const struct condition_kind *kind = word->is_quoted ? NULL : condition_kind_find(word->text);
		const struct rule_option *option = word->is_quoted ? NULL : option_find(word->text);
		struct conf_field field = {statement, word, word + 1, 0};

		next = at + 1;
		if (!word->is_quoted && slice_eq(word->text, SLICE("not")) && !is_negated) {
			is_negated = true;
			continue;
		}
		/* The word after a keyword that takes values is always a value. */
		if (next < statement->count && !takes_nothing(word->text))
			next++;
		while (next < statement->count &&
			(statement->words[next].is_quoted || !is_keyword(statement->words[next].text)))
			next++;
		field.count = next - at - 1;
		if (kind == NULL && (option == NULL || is_negated)) {
			refuse_word(reader, statement, word);
			return false;
		}
		if (kind ? !read_condition(reader, &field, is_negated, kind, rule, conditions)
			 : !option->read(reader, rule, &field))
			return false;
		is_negated = false;
	}
	if (is_negated)
		refuse_word(reader, statement, &statement->words[statement->count - 1]);
	return !is_negated;
}

/* Whether nothing but the shape of names makes the rule true: who asks and when is no evidence. */
static bool
rests_on_suspicion(const struct condition *conditions, size_t count)
{
	static const char *const no_evidence[] = {"any", "client", "during", "direction", "protocol", "port", "method"};
	bool is_suspicious = false;

	for (size_t i = 0; i < count; i++) {
		struct slice name = slice_of(conditions[i].kind->name);
		bool says_nothing = slice_eq(name, SLICE("suspicious"));

		is_suspicious |= says_nothing;
		for (size_t k = 0; k < sizeof no_evidence / sizeof no_evidence[0]; k++)
			says_nothing |= slice_eq(name, slice_of(no_evidence[k]));
		if (!says_nothing)
			return false;
	}
	return is_suspicious;
}

bool
rule_read(struct condition_reader *reader, const struct conf_statement *statement, unsigned number, struct rule *rule)
{
	struct condition conditions[CONDITIONS_MAX];
	const char *slash = strrchr(statement->file, '/');
	struct condition *kept;

	*rule = (struct rule){
		.number = number,
		.file = arena_copy(reader->arena, slice_of(statement->file)).ptr,
		.line = statement->words[0].line,
		.column = statement->words[0].column,
		.reason = SLICE_EMPTY,
		.text = words_text(reader->arena, statement->words, statement->count),
		.id = arena_printf(
			reader->arena, "%s:%u", slash ? slash + 1 : statement->file, statement->words[0].line),
		.facts = 0,
	};
	if (!read_head(reader, statement, rule) || !read_body(reader, statement, rule, conditions))
		return false;
	if (rule->condition_count == 0) {
		conf_error(reader->problems, statement, &statement->words[0], "write any where all traffic is meant",
			"a rule without a condition");
		return false;
	}
	if (rule->verb == VERB_WARN && rule->for_ns == 0)
		rule->for_ns = WARN_FOR_NS;
	if (rule->verb == VERB_BLOCK && !rule->is_monitor && rests_on_suspicion(conditions, rule->condition_count)) {
		conf_error(reader->problems, statement, &statement->words[0],
			"write warn, add monitor, or a condition on the site or its content",
			"a name's shape is suspicion only: one false alarm in a hundred names is too many to block by");
		return false;
	}
	kept = arena_alloc(reader->arena, rule->condition_count * sizeof *kept);
	if (kept == NULL || rule->file == NULL || rule->id.ptr == NULL || rule->text.ptr == NULL) {
		conf_error(reader->problems, statement, &statement->words[0], NULL, "out of memory");
		return false;
	}
	memcpy(kept, conditions, rule->condition_count * sizeof *kept);
	rule->conditions = kept;
	if (rule->group != GROUP_EVERYONE) {
		rule->facts |= FACT_BIT(FACT_CLIENT);
		if (group_set_has(&reader->groups->by_mac, rule->group))
			rule->facts |= FACT_BIT(FACT_MAC);
		if (group_set_has(&reader->groups->by_user, rule->group))
			rule->facts |= FACT_BIT(FACT_USER);
	}
	return true;
}

bool
rule_passes_by_name(const struct rule *rule)
{
	return rule->verb == VERB_PASS && (rule->facts & (FACT_BIT(FACT_SITE) | FACT_BIT(FACT_CATEGORY)));
}
