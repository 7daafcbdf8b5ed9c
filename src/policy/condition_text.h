/* What several kinds of conditions share: texts with patterns among them, and how a bad value is refused.
 * For the condition files only. */
#ifndef SLUICE_POLICY_CONDITION_TEXT_H
#define SLUICE_POLICY_CONDITION_TEXT_H

#include "conf/suggest.h"
#include "policy/condition.h"

/* Adds "VALUE is no KIND" at the word; returns false. */
bool condition_refuse(struct condition_reader *reader, const struct conf_field *field, const struct conf_word *word,
	const char *what, const char *remedy);
/* The same with the nearest name that was offered, or else the remedy. */
bool condition_refuse_near(struct condition_reader *reader, const struct conf_field *field,
	const struct conf_word *word, const char *what, const struct conf_suggest *search, const char *otherwise);
/* The same for a name that another part owns; suggests the nearest, or says the other remedy. */
bool condition_refuse_name(struct condition_reader *reader, const struct conf_field *field,
	const struct conf_word *word, enum policy_name kind, const char *what, const char *otherwise);
/* Sets the facts (FACT_BIT()s), and the stage of the latest of them.  Returns true. */
bool condition_looks_at(struct condition *condition, uint32_t facts);
bool condition_out_of_memory(struct condition_reader *reader, const struct conf_field *field);
/* Compiles a word that begins with ~. */
const struct regex *condition_read_pattern(
	struct condition_reader *reader, const struct conf_field *field, const struct conf_word *word);
static inline bool
condition_is_pattern(const struct conf_word *word)
{
	return word->text.len && word->text.ptr[0] == '~';
}
/* Reads count words: patterns compiled, others copied. */
bool condition_read_texts(
	struct condition_reader *reader, const struct conf_field *field, unsigned from, struct condition_texts *texts);
/* Whether the text equals an item (or, where the item ends with *, begins like it), or matches a pattern. */
bool condition_texts_match(const struct condition_texts *texts, struct slice text, bool ignore_case);
/* Whether a part stands anywhere in the text, in whatever case. */
bool condition_contains_nocase(struct slice text, struct slice part);
/* Whether search terms are, among others, those of an item of `search`. */
bool condition_terms_contain(struct slice terms, struct slice item);
/* Reads `over N` or `under N` from two words with one of the readers of conf/value.h. */
bool condition_read_bound(struct condition_reader *reader, const struct conf_field *field, unsigned from,
	bool (*read)(struct slice, uint64_t *), const char *example, bool *is_over, uint64_t *value);

/* The rows' functions. */
#define CONDITION_FUNCTIONS(name)                                                                             \
	bool condition_read_##name(struct condition_reader *, struct condition *, const struct conf_field *); \
	enum truth condition_evaluate_##name(const struct condition *, struct condition_input *);             \
	void condition_evidence_##name(                                                                       \
		const struct condition *, const struct facts *, const struct policy_names *, char *, size_t);
CONDITION_FUNCTIONS(site)
CONDITION_FUNCTIONS(category)
CONDITION_FUNCTIONS(port)
CONDITION_FUNCTIONS(destination)
CONDITION_FUNCTIONS(client)
CONDITION_FUNCTIONS(protocol)
CONDITION_FUNCTIONS(ja4)
CONDITION_FUNCTIONS(certificate)
CONDITION_FUNCTIONS(during)
CONDITION_FUNCTIONS(method)
CONDITION_FUNCTIONS(header)
CONDITION_FUNCTIONS(type)
CONDITION_FUNCTIONS(size)
CONDITION_FUNCTIONS(direction)
CONDITION_FUNCTIONS(phrases)
CONDITION_FUNCTIONS(topic)
CONDITION_FUNCTIONS(search)
CONDITION_FUNCTIONS(suspicious)
CONDITION_FUNCTIONS(unreadable)

#endif
