/* Conditions on what is searched for, on the shape of names, and on bodies that could not be read. */
#include "policy/condition_text.h"

#include <inttypes.h>
#include <stdio.h>

/* search */

static bool
is_word_byte(char c)
{
	return ascii_is_digit(c) || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* The text as terms are written: lower case, single spaces, nothing else but letters and digits; a "*" at its end
 * stays. */
static struct slice
search_form(struct arena *arena, struct slice text)
{
	char *to = arena_alloc(arena, text.len + 1);
	bool is_open = slice_ends_with(text, SLICE("*"));
	size_t n = 0;

	for (size_t i = 0; to && i < text.len; i++) {
		char c = text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? (char)(text.ptr[i] | 0x20) : text.ptr[i];

		if (is_word_byte(c))
			to[n++] = c;
		else if (n && to[n - 1] != ' ')
			to[n++] = ' ';
	}
	if (to == NULL)
		return (struct slice){NULL, 0};
	while (n && to[n - 1] == ' ')
		n--;
	if (is_open)
		to[n++] = '*';
	return slice_make(to, n);
}

bool
condition_read_search(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	struct condition_texts *texts = &condition->search.texts;
	struct slice *items;
	uint64_t score;

	if (field->count == 2 && !field->values[0].is_quoted && slice_eq(field->values[0].text, SLICE("over"))) {
		if (!slice_to_u64(field->values[1].text, &score) || score > INT32_MAX)
			return condition_refuse(
				reader, field, &field->values[1], "bound of a score", "write search over 50");
		condition->search.by_score = true;
		condition->search.over = (int32_t)score;
		return condition_looks_at(condition, FACT_BIT(FACT_SEARCH_SCORE));
	}
	if (!condition_read_texts(reader, field, 0, texts))
		return false;
	items = arena_alloc(reader->arena, (texts->count + 1) * sizeof *items);
	for (size_t i = 0; items && i < texts->count; i++) {
		items[i] = search_form(reader->arena, texts->items[i]);
		if (items[i].len == 0)
			return condition_refuse(reader, field, &field->values[0], "text to search for",
				"write words, a pattern (~...), or * for every search");
	}
	texts->items = items;
	return items ? condition_looks_at(condition, FACT_BIT(FACT_SEARCH)) : condition_out_of_memory(reader, field);
}

/* Whole words, one behind the other; behind "*" words may go on. */
bool
condition_terms_contain(struct slice terms, struct slice item)
{
	bool is_open = slice_ends_with(item, SLICE("*"));

	item.len -= is_open;
	for (size_t at = 0; at + item.len <= terms.len; at++) {
		size_t end = at + item.len;

		if ((at == 0 || terms.ptr[at - 1] == ' ') && (is_open || end == terms.len || terms.ptr[end] == ' ') &&
			slice_eq(slice_sub(terms, at, end), item))
			return true;
	}
	return false;
}

enum truth
condition_evaluate_search(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;
	const struct condition_texts *texts = &condition->search.texts;

	if (condition->search.by_score) {
		if (!fact_is_known(facts, FACT_SEARCH_SCORE))
			return TRUTH_UNKNOWN;
		return truth_of(facts->search_score > condition->search.over);
	}
	if (!fact_is_known(facts, FACT_SEARCH))
		return TRUTH_UNKNOWN;
	if (facts->search.len == 0)
		return TRUTH_FALSE;
	for (size_t i = 0; i < texts->count; i++)
		if (condition_terms_contain(facts->search, texts->items[i]))
			return TRUTH_TRUE;
	for (size_t i = 0; i < texts->pattern_count; i++)
		if (regex_matches(texts->patterns[i], facts->search))
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

void
condition_evidence_search(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	if (condition->search.by_score)
		snprintf(dst, dst_size, "search score %" PRId32, facts->search_score);
	else if (facts->search.len)
		snprintf(dst, dst_size, "search for \"%.*s\"", SLICE_ARG(facts->search));
	else
		snprintf(dst, dst_size, "no search");
}

/* suspicious */

static const char *const suspicion_names[SUSPICIONS] = {"generated", "lookalike"};

bool
condition_read_suspicious(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	for (unsigned i = 0; i < field->count; i++) {
		struct conf_suggest search = {.word = field->values[i].text};
		unsigned kind = 0;

		while (kind < SUSPICIONS && !slice_eq(field->values[i].text, slice_of(suspicion_names[kind])))
			conf_suggest_offer(&search, suspicion_names[kind++]);
		if (kind == SUSPICIONS)
			return condition_refuse_near(
				reader, field, &field->values[i], "suspicion", &search, "write generated or lookalike");
		condition->suspicions |= 1u << kind;
	}
	return condition_looks_at(condition, FACT_BIT(FACT_SHAPE));
}

enum truth
condition_evaluate_suspicious(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_SHAPE))
		return TRUTH_UNKNOWN;
	return truth_of(input->facts->suspicions & condition->suspicions);
}

void
condition_evidence_suspicious(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	if (facts->suspicions)
		snprintf(dst, dst_size, "name %.*s", SLICE_ARG(facts->suspicion));
	else
		snprintf(dst, dst_size, "name not suspicious");
}

/* unreadable */

static const char *const reasons[] = {
	"unknown-coding", "too-deep", "bad-data", "truncated", "over-ratio", "over-size", "over-memory"};
#define REASONS (sizeof reasons / sizeof reasons[0])

bool
condition_read_unreadable(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	for (unsigned i = 0; i < field->count; i++) {
		struct conf_suggest search = {.word = field->values[i].text};
		size_t k = 0;

		while (k < REASONS && !slice_eq(field->values[i].text, slice_of(reasons[k])))
			conf_suggest_offer(&search, reasons[k++]);
		if (k == REASONS)
			return condition_refuse_near(reader, field, &field->values[i], "reason", &search,
				"write unknown-coding, too-deep, bad-data, truncated, over-ratio, over-size or "
				"over-memory");
	}
	return condition_read_texts(reader, field, 0, &condition->texts) &&
	       condition_looks_at(condition, FACT_BIT(FACT_UNREAD));
}

enum truth
condition_evaluate_unreadable(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_UNREAD))
		return TRUTH_UNKNOWN;
	return truth_of(
		input->facts->unread.len && condition_texts_match(&condition->texts, input->facts->unread, false));
}

void
condition_evidence_unreadable(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	if (facts->unread.len)
		snprintf(dst, dst_size, "unreadable: %.*s", SLICE_ARG(facts->unread));
	else
		snprintf(dst, dst_size, "readable");
}
