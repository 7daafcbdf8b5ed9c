/* Texts and patterns in conditions.  See condition_text.h. */
#include "policy/condition_text.h"

#include <stdio.h>

bool
condition_refuse(struct condition_reader *reader, const struct conf_field *field, const struct conf_word *word,
	const char *what, const char *remedy)
{
	conf_error(reader->problems, field->statement, word, remedy, "\"%.*s\" is no %s", SLICE_ARG(word->text), what);
	return false;
}

bool
condition_refuse_near(struct condition_reader *reader, const struct conf_field *field, const struct conf_word *word,
	const char *what, const struct conf_suggest *search, const char *otherwise)
{
	char remedy[160];

	return condition_refuse(reader, field, word, what, conf_suggest_text(search, otherwise, remedy, sizeof remedy));
}

bool
condition_refuse_name(struct condition_reader *reader, const struct conf_field *field, const struct conf_word *word,
	enum policy_name kind, const char *what, const char *otherwise)
{
	struct conf_suggest search = {.word = word->text};
	const char *name;

	if (reader->names && reader->names->of[kind])
		for (unsigned i = 0;
			i < NAMES_MAX && (name = reader->names->of[kind](reader->names->context, i)) != NULL; i++)
			conf_suggest_offer(&search, name);
	return condition_refuse_near(reader, field, word, what, &search, otherwise);
}

bool
condition_looks_at(struct condition *condition, uint32_t facts)
{
	condition->facts = facts;
	condition->stage = STAGE_CONNECTION;
	for (unsigned i = 0; i < FACTS; i++)
		if ((facts & FACT_BIT(i)) && fact_stage(i) > condition->stage)
			condition->stage = fact_stage(i);
	return true;
}

bool
condition_out_of_memory(struct condition_reader *reader, const struct conf_field *field)
{
	conf_error(reader->problems, field->statement, field->key, "write less into one policy, or use lists",
		"out of memory, or a policy too large");
	return false;
}

const struct regex *
condition_read_pattern(struct condition_reader *reader, const struct conf_field *field, const struct conf_word *word)
{
	const struct regex *regex;
	const char *error;
	size_t offset;

	regex = regex_compile(slice_sub(word->text, 1, word->text.len), reader->arena, &error, &offset);
	if (regex == NULL)
		problems_add(reader->problems, false, field->statement->file, word->line,
			word->column + 1 + (word->is_quoted ? 1 : 0) + (unsigned)offset, "see sluice.conf(5), PATTERNS",
			"the pattern %.*s cannot be used: %s", SLICE_ARG(word->text), error);
	return regex;
}

bool
condition_read_texts(
	struct condition_reader *reader, const struct conf_field *field, unsigned from, struct condition_texts *texts)
{
	unsigned count = field->count - from;
	struct slice *items = arena_alloc(reader->arena, (count + 1) * sizeof *items);
	const struct regex **patterns = arena_alloc(reader->arena, (count + 1) * sizeof *patterns);

	*texts = (struct condition_texts){.items = items, .patterns = patterns};
	if (items == NULL || patterns == NULL)
		return condition_out_of_memory(reader, field);
	for (unsigned i = from; i < field->count; i++) {
		const struct conf_word *word = &field->values[i];

		if (condition_is_pattern(word)) {
			patterns[texts->pattern_count] = condition_read_pattern(reader, field, word);
			if (patterns[texts->pattern_count++] == NULL)
				return false;
			continue;
		}
		items[texts->count] = arena_copy(reader->arena, word->text);
		if (items[texts->count++].ptr == NULL)
			return condition_out_of_memory(reader, field);
	}
	return true;
}

static bool
item_matches(struct slice item, struct slice text, bool ignore_case)
{
	if (slice_ends_with(item, SLICE("*"))) {
		item.len--;
		return ignore_case ? slice_starts_with_nocase(text, item) : slice_starts_with(text, item);
	}
	return ignore_case ? slice_eq_nocase(text, item) : slice_eq(text, item);
}

bool
condition_texts_match(const struct condition_texts *texts, struct slice text, bool ignore_case)
{
	for (size_t i = 0; i < texts->count; i++)
		if (item_matches(texts->items[i], text, ignore_case))
			return true;
	for (size_t i = 0; i < texts->pattern_count; i++)
		if (regex_matches(texts->patterns[i], text))
			return true;
	return false;
}

bool
condition_read_bound(struct condition_reader *reader, const struct conf_field *field, unsigned from,
	bool (*read)(struct slice, uint64_t *), const char *example, bool *is_over, uint64_t *value)
{
	char remedy[96];

	snprintf(remedy, sizeof remedy, "write over %s, or under %s", example, example);
	if (field->count != from + 2) {
		conf_error(reader->problems, field->statement, field->key, remedy, "%.*s needs a bound",
			SLICE_ARG(field->key->text));
		return false;
	}
	*is_over = slice_eq(field->values[from].text, SLICE("over"));
	if (!*is_over && !slice_eq(field->values[from].text, SLICE("under")))
		return condition_refuse(reader, field, &field->values[from], "bound", remedy);
	return read(field->values[from + 1].text, value) ||
	       condition_refuse(reader, field, &field->values[from + 1], "value here", remedy);
}
