/* Words to a rule.  See rule.h.
 *
 *   VERB GROUP CONDITION... [except CONDITION...]       with options (reason TEXT...) anywhere behind the group
 *
 * A condition is a keyword and its values, with `not` in front to turn it around. */
#include "policy/rule.h"

#include "conf/suggest.h"
#include "conf/value.h"

#include <stdio.h>

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
	struct conf_suggest search = {.word = field->count ? field->values[0].text : SLICE_EMPTY};
	char remedy[96];

	for (unsigned i = 0; field->count == 1 && i < 3; i++) {
		if (slice_eq(field->values[0].text, slice_of(levels[i]))) {
			rule->log = i;
			return true;
		}
		conf_suggest_offer(&search, levels[i]);
	}
	return refuse_option(reader, field,
		conf_suggest_text(&search, "write log full, log brief or log none", remedy, sizeof remedy));
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

/* What changes the meaning of the conditions behind it. */
static bool
is_modifier(const struct conf_word *word)
{
	return !word->is_quoted && (slice_eq(word->text, SLICE("not")) || slice_eq(word->text, SLICE("except")));
}

static bool
is_keyword(const struct conf_word *word)
{
	return is_modifier(word) || (!word->is_quoted && (condition_kind_find(word->text) || option_find(word->text)));
}

/* Whether it is a whole field, so that the next word is a keyword. */
static bool
takes_nothing(const struct conf_word *word)
{
	const struct condition_kind *kind = word->is_quoted ? NULL : condition_kind_find(word->text);

	return is_modifier(word) || (kind && kind->least == 0);
}

struct conf_field
rule_field_at(const struct conf_statement *statement, unsigned at)
{
	const struct conf_word *words = statement->words;
	const struct rule_option *option = option_find(words[at].text);
	unsigned next = at + 1;

	if (takes_nothing(&words[at]))
		return (struct conf_field){statement, &words[at], &words[next], 0};
	/* The word after a keyword that takes values is always a value. */
	if (next < statement->count && !(option && *option->value == '\0'))
		next++;
	while (next < statement->count && !is_keyword(&words[next]))
		next++;
	return (struct conf_field){statement, &words[at], &words[at + 1], next - at - 1};
}

static bool
refuse_word(struct condition_reader *reader, const struct conf_statement *statement, const struct conf_word *word)
{
	struct conf_suggest search = {.word = word->text};
	char remedy[160];

	for (size_t i = 0; i < condition_kind_count; i++)
		conf_suggest_offer(&search, condition_kinds[i].name);
	for (size_t i = 0; i < rule_option_count; i++)
		conf_suggest_offer(&search, rule_options[i].name);
	conf_suggest_offer(&search, "not");
	conf_suggest_offer(&search, "except");
	conf_error(reader->problems, statement, word,
		conf_suggest_text(&search, "a rule reads: VERB GROUP CONDITION... OPTION...", remedy, sizeof remedy),
		"\"%.*s\" is no condition and no option", SLICE_ARG(word->text));
	return false;
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

/* What was read of the words behind the group. */
struct rule_body {
	struct condition_reader *reader;
	const struct conf_statement *statement;
	struct rule *rule;
	struct condition conditions[RULE_CONDITIONS_MAX];
	const struct conf_word * not ;  /* in front of the next condition */
	const struct conf_word *except; /* in front of all further conditions */
	uint32_t options;               /* bits 1 << their place in rule_options: each is said once */
	size_t before_except;           /* conditions */
};

static bool
read_modifier(struct rule_body *body, const struct conf_word *word)
{
	bool is_not = slice_eq(word->text, SLICE("not"));

	if (body->not || (!is_not && body->except)) {
		conf_error(body->reader->problems, body->statement, word, is_not ? NULL : "one except is enough",
			"\"%.*s\" is no condition", SLICE_ARG(word->text));
		return false;
	}
	if (is_not) {
		body->not = word;
	} else {
		body->except = word;
		body->before_except = body->rule->condition_count;
	}
	return true;
}

static bool
read_option(struct rule_body *body, const struct conf_field *field, const struct rule_option *option)
{
	uint32_t bit = UINT32_C(1) << (option - rule_options);

	if (body->options & bit) {
		conf_error(body->reader->problems, field->statement, field->key, "say it once", "%s is said twice",
			option->name);
		return false;
	}
	body->options |= bit;
	return option->read(body->reader, body->rule, field);
}

static bool
read_condition(struct rule_body *body, const struct conf_field *field, const struct condition_kind *kind)
{
	struct rule *rule = body->rule;
	struct problems *problems = body->reader->problems;
	struct condition *condition = &body->conditions[rule->condition_count];
	const struct conf_word *first = body->not ? body->not : field->key;

	if (rule->condition_count == RULE_CONDITIONS_MAX) {
		conf_error(problems, field->statement, field->key, NULL, "more than %d conditions in one rule",
			RULE_CONDITIONS_MAX);
		return false;
	}
	if (field->count < kind->least) {
		conf_error(problems, field->statement, field->key, NULL, "%s reads: %s %s", kind->name, kind->name,
			kind->values);
		return false;
	}
	*condition = (struct condition){
		.kind = kind,
		.is_negated = (body->not != NULL) != (body->except != NULL),
		.is_exception = body->except != NULL,
		.line = first->line,
		.column = first->column,
		.text = words_text(body->reader->arena, first, field->count + 1 + (body->not != NULL)),
	};
	if (condition->text.ptr == NULL) {
		conf_error(problems, field->statement, field->key, NULL, "out of memory");
		return false;
	}
	condition->values = slice_sub(
		condition->text, (body->not ? strlen("not ") : 0) + strlen(kind->name) + 1, condition->text.len);
	if (!kind->read(body->reader, condition, field))
		return false;
	rule->condition_count++;
	rule->facts |= condition->facts;
	if (condition->stage > rule->stage)
		rule->stage = condition->stage;
	body->not = NULL;
	return true;
}

/* Whether there is a condition, and one behind each `not` and `except`. */
static bool
body_is_whole(const struct rule_body *body)
{
	size_t count = body->rule->condition_count;
	const struct conf_word *open = body->not ;

	if (open == NULL && body->except && count == body->before_except)
		open = body->except;
	if (open) {
		conf_error(body->reader->problems, body->statement, open, "write a condition behind it, or remove it",
			"nothing stands behind \"%.*s\"", SLICE_ARG(open->text));
		return false;
	}
	if (body->except ? body->before_except > 0 : count > 0)
		return true;
	conf_error(body->reader->problems, body->statement, body->except ? body->except : &body->statement->words[0],
		"write any where all traffic is meant",
		body->except ? "an exception to nothing: no condition stands in front of it"
			     : "a rule without a condition");
	return false;
}

/* The words behind the group: conditions and options, in any order. */
static bool
read_body(struct rule_body *body)
{
	const struct conf_statement *statement = body->statement;
	struct conf_field field;

	for (unsigned at = 2; at < statement->count; at += field.count + 1) {
		const struct conf_word *word = &statement->words[at];
		const struct condition_kind *kind = word->is_quoted ? NULL : condition_kind_find(word->text);
		const struct rule_option *option = word->is_quoted ? NULL : option_find(word->text);
		bool is_good;

		field = rule_field_at(statement, at);
		if (is_modifier(word))
			is_good = read_modifier(body, word);
		else if (kind)
			is_good = read_condition(body, &field, kind);
		else if (option && body->not == NULL)
			is_good = read_option(body, &field, option);
		else
			is_good = refuse_word(body->reader, statement, word);
		if (!is_good)
			return false;
	}
	return body_is_whole(body);
}

/* Whether nothing but the shape of names makes the rule true: who asks and when is no evidence, nor is what a site is
 * not. */
static bool
rests_on_suspicion(const struct condition *conditions, size_t count)
{
	static const char *const no_evidence[] = {"any", "client", "during", "direction", "protocol", "port", "method"};
	bool is_suspicious = false;

	for (size_t i = 0; i < count; i++) {
		struct slice name = slice_of(conditions[i].kind->name);
		bool says_nothing = conditions[i].is_negated || slice_eq(name, SLICE("suspicious"));

		is_suspicious |= says_nothing && !conditions[i].is_negated;
		for (size_t k = 0; k < sizeof no_evidence / sizeof no_evidence[0]; k++)
			says_nothing |= slice_eq(name, slice_of(no_evidence[k]));
		if (!says_nothing)
			return false;
	}
	return is_suspicious;
}

/* What has to be known of the client to say whether he is in the group. */
static uint32_t
facts_of_group(const struct groups *groups, unsigned group)
{
	if (group == GROUP_EVERYONE)
		return 0;
	return FACT_BIT(FACT_CLIENT) | (group_set_has(&groups->by_mac, group) ? FACT_BIT(FACT_MAC) : 0) |
	       (group_set_has(&groups->by_user, group) ? FACT_BIT(FACT_USER) : 0);
}

bool
rule_read(struct condition_reader *reader, const struct conf_statement *statement, unsigned number, struct rule *rule)
{
	struct rule_body body = {.reader = reader, .statement = statement, .rule = rule};
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
	if (!read_head(reader, statement, rule) || !read_body(&body))
		return false;
	if (rule->verb == VERB_WARN && rule->for_ns == 0)
		rule->for_ns = WARN_FOR_NS;
	if (rule->verb == VERB_BLOCK && !rule->is_monitor &&
		rests_on_suspicion(body.conditions, rule->condition_count)) {
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
	memcpy(kept, body.conditions, rule->condition_count * sizeof *kept);
	rule->conditions = kept;
	rule->facts |= facts_of_group(reader->groups, rule->group);
	return true;
}

bool
rule_passes_by_name(const struct rule *rule)
{
	return rule->verb == VERB_PASS && (rule->facts & (FACT_BIT(FACT_SITE) | FACT_BIT(FACT_CATEGORY)));
}
