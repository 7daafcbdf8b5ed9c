/* Conditions on the message: what was asked for, and what the body is. */
#include "policy/condition_text.h"

#include "conf/value.h"

#include <inttypes.h>
#include <stdio.h>

/* method */

bool
condition_read_method(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	for (unsigned i = 0; i < field->count; i++)
		for (size_t c = 0; c < field->values[i].text.len; c++)
			if (field->values[i].text.ptr[c] >= 'a' && field->values[i].text.ptr[c] <= 'z')
				return condition_refuse(reader, field, &field->values[i], "method",
					"methods are case-sensitive (RFC 9110): write GET, POST, PUT...");
	return condition_read_texts(reader, field, 0, &condition->texts) &&
	       condition_looks_at(condition, FACT_BIT(FACT_METHOD));
}

enum truth
condition_evaluate_method(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_METHOD))
		return TRUTH_UNKNOWN;
	return truth_of(condition_texts_match(&condition->texts, input->facts->method, false));
}

void
condition_evidence_method(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "method %.*s", SLICE_ARG(facts->method));
}

/* header */

/* RFC 9110 section 5.6.2. */
static bool
is_token(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr("\"(),/:;<=>?@[\\]{}", text.ptr[i]))
			return false;
	return text.len > 0;
}

bool
condition_read_header(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	const struct conf_word *name = &field->values[0];

	if (!is_token(name->text))
		return condition_refuse(
			reader, field, name, "name of a header field", "write the name alone, without a colon");
	condition->header.name = arena_copy(reader->arena, name->text);
	if (condition->header.name.ptr == NULL)
		return condition_out_of_memory(reader, field);
	return condition_read_texts(reader, field, 1, &condition->header.values) &&
	       condition_looks_at(condition, FACT_BIT(FACT_HEADER));
}

enum truth
condition_evaluate_header(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;
	const struct condition_texts *values = &condition->header.values;
	struct slice value;

	if (!fact_is_known(facts, FACT_HEADER))
		return TRUTH_UNKNOWN;
	if (facts->header == NULL)
		return TRUTH_FALSE;
	for (unsigned i = 0; facts->header(facts->header_context, condition->header.name, i, &value); i++)
		if (values->count + values->pattern_count == 0 || condition_texts_match(values, value, true))
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

void
condition_evidence_header(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	struct slice value;

	if (facts->header && facts->header(facts->header_context, condition->header.name, 0, &value))
		snprintf(dst, dst_size, "header %.*s: %.*s", SLICE_ARG(condition->header.name), SLICE_ARG(value));
	else
		snprintf(dst, dst_size, "no header %.*s", SLICE_ARG(condition->header.name));
}

/* type */

bool
condition_read_type(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	struct slice *mimes = arena_alloc(reader->arena, field->count * sizeof *mimes);

	condition->type.mimes = (struct condition_texts){.items = mimes};
	if (mimes == NULL)
		return condition_out_of_memory(reader, field);
	for (unsigned i = 0; i < field->count; i++) {
		struct slice text = field->values[i].text;
		int number;

		if (slice_find(text, '/') < text.len) {
			mimes[condition->type.mimes.count] = arena_copy(reader->arena, text);
			if (mimes[condition->type.mimes.count++].ptr == NULL)
				return condition_out_of_memory(reader, field);
			continue;
		}
		number = policy_name_find(reader->names, NAME_TYPE_CLASS, text);
		if (number < 0 || number >= TYPE_CLASSES_MAX)
			return condition_refuse_name(reader, field, &field->values[i], NAME_TYPE_CLASS, "type",
				"write a MIME type such as application/zip or image/*");
		condition->type.classes |= UINT64_C(1) << number;
	}
	return condition_looks_at(condition, FACT_BIT(FACT_TYPE));
}

enum truth
condition_evaluate_type(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;
	bool matches = (condition->type.classes & facts->type_classes) ||
		       (facts->mime.len && condition_texts_match(&condition->type.mimes, facts->mime, true));

	for (size_t i = 0; i < facts->more_mime_count && !matches; i++)
		matches = condition_texts_match(&condition->type.mimes, facts->more_mimes[i], true);
	/* Parts that come later may add a type, and take none away. */
	if (matches)
		return TRUTH_TRUE;
	return fact_is_known(facts, FACT_TYPE) ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

void
condition_evidence_type(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	size_t n = (size_t)snprintf(
		dst, dst_size, "type %.*s", SLICE_ARG(facts->mime.len ? facts->mime : SLICE("(none)")));

	for (unsigned i = 0; i < TYPE_CLASSES_MAX && n < dst_size; i++) {
		const char *name;

		if (!(facts->type_classes >> i & 1) || names == NULL || names->of[NAME_TYPE_CLASS] == NULL)
			continue;
		name = names->of[NAME_TYPE_CLASS](names->context, i);
		n += (size_t)snprintf(dst + n, dst_size - n, " %s", name ? name : "?");
	}
}

/* size */

bool
condition_read_size(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	return condition_read_bound(
		       reader, field, 0, conf_value_size, "10m", &condition->size.is_over, &condition->size.bytes) &&
	       condition_looks_at(condition, FACT_BIT(FACT_SIZE));
}

/* The size so far only grows: once over the bound, it stays over it. */
enum truth
condition_evaluate_size(const struct condition *condition, struct condition_input *input)
{
	uint64_t size = input->facts->size, bound = condition->size.bytes;
	bool is_decided =
		fact_is_known(input->facts, FACT_SIZE) || (condition->size.is_over ? size > bound : size >= bound);

	if (!is_decided)
		return TRUTH_UNKNOWN;
	return truth_of(condition->size.is_over ? size > bound : size < bound);
}

void
condition_evidence_size(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "size %" PRIu64, facts->size);
}

/* direction */

bool
condition_read_direction(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	const struct conf_word *last = &field->values[field->count - 1];
	struct conf_suggest search = {.word = last->text};

	if (field->count == 1 && slice_eq(last->text, SLICE("upload")))
		condition->direction = DIRECTION_UPLOAD;
	else if (field->count == 1 && slice_eq(last->text, SLICE("download")))
		condition->direction = DIRECTION_DOWNLOAD;
	else {
		conf_suggest_offer(&search, "upload");
		conf_suggest_offer(&search, "download");
		return condition_refuse_near(reader, field, last, "direction",
			field->count == 1 ? &search : &(struct conf_suggest){.best = NULL}, "write upload or download");
	}
	return condition_looks_at(condition, FACT_BIT(FACT_DIRECTION));
}

enum truth
condition_evaluate_direction(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_DIRECTION))
		return TRUTH_UNKNOWN;
	return truth_of(input->facts->direction == condition->direction);
}

void
condition_evidence_direction(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "%s", facts->direction == DIRECTION_UPLOAD ? "upload" : "download");
}

/* phrases */

bool
condition_read_phrases(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	uint64_t score;
	bool is_over;

	if (!condition_read_bound(reader, field, 0, slice_to_u64, "100", &is_over, &score))
		return false;
	if (!is_over || score > INT32_MAX)
		return condition_refuse(reader, field, &field->values[is_over], "bound of a score", "write over 100");
	condition->phrases = (int32_t)score;
	return condition_looks_at(condition, FACT_BIT(FACT_PHRASES));
}

enum truth
condition_evaluate_phrases(const struct condition *condition, struct condition_input *input)
{
	if (input->facts->phrases > condition->phrases)
		return TRUTH_TRUE;
	return fact_is_known(input->facts, FACT_PHRASES) ? TRUTH_FALSE : TRUTH_UNKNOWN;
}

void
condition_evidence_phrases(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "phrases score %" PRId32, facts->phrases);
}

/* topic */

bool
condition_read_topic(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	uint16_t *numbers = arena_alloc(reader->arena, field->count * sizeof *numbers);
	uint64_t over = 50;
	unsigned count = field->count;

	if (numbers == NULL)
		return condition_out_of_memory(reader, field);
	if (count > 2 && slice_eq(field->values[count - 2].text, SLICE("over"))) {
		if (!slice_to_u64(field->values[count - 1].text, &over) || over > 99)
			return condition_refuse(
				reader, field, &field->values[count - 1], "percentage", "write a number from 0 to 99");
		count -= 2;
	}
	for (unsigned i = 0; i < count; i++) {
		int number = policy_name_find(reader->names, NAME_TOPIC, field->values[i].text);

		if (number < 0)
			return condition_refuse_name(reader, field, &field->values[i], NAME_TOPIC, "topic of the model",
				"sluicectl model show prints the topics; content { model FILE } names the model");
		numbers[i] = (uint16_t)number;
	}
	condition->topic.numbers = numbers;
	condition->topic.count = count;
	condition->topic.over = (unsigned)over;
	return condition_looks_at(condition, FACT_BIT(FACT_TOPIC));
}

enum truth
condition_evaluate_topic(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;

	if (!fact_is_known(facts, FACT_TOPIC))
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < condition->topic.count; i++)
		if (condition->topic.numbers[i] < facts->topic_count &&
			facts->topics[condition->topic.numbers[i]] > condition->topic.over)
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

void
condition_evidence_topic(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	size_t best = 0;
	const char *name = NULL;

	for (size_t i = 1; i < facts->topic_count; i++)
		if (facts->topics[i] > facts->topics[best])
			best = i;
	if (facts->topic_count && names && names->of[NAME_TOPIC])
		name = names->of[NAME_TOPIC](names->context, (unsigned)best);
	if (name)
		snprintf(dst, dst_size, "topic %s %u %%", name, facts->topics[best]);
	else
		snprintf(dst, dst_size, "no topic");
}
