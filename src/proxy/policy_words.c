/* See policy_words.h. */
#include "proxy/policy_words.h"

#include "classify/mime.h"

static const char *
category_of(const void *context, unsigned number)
{
	const struct policy_words *words = context;

	return words->categories ? category_name(words->categories, number) : NULL;
}

static int
alias_of(const void *context, unsigned number)
{
	const struct policy_words *words = context;

	return category_alias_of(words->categories, number);
}

static bool
is_empty(const void *context, unsigned number)
{
	const struct policy_words *words = context;

	return category_is_empty(words->categories, number);
}

/* The classes of content types are numbered as the sniffer numbers them. */
static const char *
type_class_of(const void *context, unsigned number)
{
	(void)context;
	return number < MIME_CLASS_COUNT ? mime_class_name((enum mime_class)number) : NULL;
}

static const char *
mime_of(const void *context, unsigned number)
{
	(void)context;
	return number < MIME_COUNT ? mime_type_name((enum mime_type)number) : NULL;
}

static const char *
topic_of(const void *context, unsigned number)
{
	const struct text_model *model = ((const struct policy_words *)context)->model;

	return model && number < model->header.classes ? text_model_label(model, number).ptr : NULL;
}

struct policy_names
policy_words_names(const struct policy_words *words)
{
	return (struct policy_names){
		.of = {[NAME_CATEGORY] = category_of,
			[NAME_TYPE_CLASS] = type_class_of,
			[NAME_TOPIC] = topic_of,
			[NAME_MIME] = mime_of},
		.alias_of = alias_of,
		.is_empty = is_empty,
		.context = words,
	};
}
