/* Conditions on what is known before anything is decrypted: who, where to, when. */
#include "policy/condition_text.h"

#include <stdio.h>

/* site */

static bool
read_site_pattern(struct condition_reader *reader, struct condition *condition, const struct conf_field *field,
	const struct conf_word *word)
{
	bool is_url = slice_find(word->text, '/') < word->text.len;
	struct condition_texts *texts = is_url ? &condition->site.url : &condition->site.host;
	const struct regex **patterns = (const struct regex **)(uintptr_t)texts->patterns;

	if (patterns == NULL) {
		patterns = arena_alloc(reader->arena, field->count * sizeof *patterns);
		if (patterns == NULL)
			return condition_out_of_memory(reader, field);
		texts->patterns = patterns;
	}
	patterns[texts->pattern_count] = condition_read_pattern(reader, field, word);
	return patterns[texts->pattern_count++] != NULL;
}

bool
condition_read_site(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	const char *error, *remedy;

	if (reader->sites->condition_count == SITE_CONDITIONS_MAX) {
		conf_error(reader->problems, field->statement, field->key, "use lists and their categories",
			"more than %d site conditions", SITE_CONDITIONS_MAX);
		return false;
	}
	condition->site.names.condition = (uint16_t)reader->sites->condition_count++;
	for (unsigned i = 0; i < field->count; i++) {
		const struct conf_word *word = &field->values[i];

		if (condition_is_pattern(word)) {
			if (!read_site_pattern(reader, condition, field, word))
				return false;
		} else if (!sites_add(
				   reader->sites, &condition->site.names, word->text, reader->arena, &error, &remedy)) {
			conf_error(reader->problems, field->statement, word, remedy, "\"%.*s\" %s",
				SLICE_ARG(word->text), error);
			return false;
		}
	}
	condition_looks_at(condition,
		FACT_BIT(FACT_SITE) |
			(condition->site.names.has_path || condition->site.url.pattern_count ? FACT_BIT(FACT_PATH)
											     : 0));
	return true;
}

/* A pattern over host and path.  While the path is not known, what the host alone already decides is decided. */
static enum truth
evaluate_url_pattern(const struct regex *regex, const struct facts *facts)
{
	struct regex_state state = regex_feed(regex, regex_begin(regex), facts->site);

	if (fact_is_known(facts, FACT_PATH))
		return truth_of(regex_end(regex, regex_feed(regex, state, facts->path)));
	switch (regex_so_far(regex, state)) {
	case REGEX_NEVER:
		return TRUTH_FALSE;
	case REGEX_ALWAYS:
		return TRUTH_TRUE;
	default:
		return TRUTH_UNKNOWN;
	}
}

enum truth
condition_evaluate_site(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;
	enum truth truth = TRUTH_FALSE;

	if (!fact_is_known(facts, FACT_SITE))
		return TRUTH_UNKNOWN;
	if (!input->sites_are_looked_up) {
		sites_of(input->sites, facts, &input->sites_sure, &input->sites_maybe);
		input->sites_are_looked_up = true;
	}
	if (site_bits_has(&input->sites_sure, condition->site.names.condition))
		return TRUTH_TRUE;
	if (site_bits_has(&input->sites_maybe, condition->site.names.condition))
		truth = TRUTH_UNKNOWN;
	if (facts->site.len && condition->site.host.pattern_count)
		truth = truth_or(truth, truth_of(condition_texts_match(&condition->site.host, facts->site, false)));
	for (size_t i = 0; facts->site.len && i < condition->site.url.pattern_count && truth != TRUTH_TRUE; i++)
		truth = truth_or(truth, evaluate_url_pattern(condition->site.url.patterns[i], facts));
	return truth;
}

void
condition_evidence_site(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	bool with_path = condition->facts & FACT_BIT(FACT_PATH);

	snprintf(dst, dst_size, "site %.*s%.*s", SLICE_ARG(facts->site.len ? facts->site : SLICE("(none)")),
		with_path ? (int)facts->path.len : 0, with_path ? facts->path.ptr : "");
}

/* category */

bool
condition_read_category(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	size_t words = 1;
	uint64_t *mask = NULL;

	/* The first pass finds how large the mask must be. */
	for (int pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < field->count; i++) {
			int number = policy_name_find(reader->names, NAME_CATEGORY, field->values[i].text);

			if (number < 0)
				return condition_refuse_name(reader, field, &field->values[i], NAME_CATEGORY,
					"category of any list", "sluicectl lists status shows the categories");
			if (pass)
				mask[number / 64] |= UINT64_C(1) << (number % 64);
			else if ((size_t)number / 64 >= words)
				words = (size_t)number / 64 + 1;
		}
		if (pass == 0 && (mask = arena_zalloc(reader->arena, words * sizeof *mask)) == NULL)
			return condition_out_of_memory(reader, field);
	}
	condition->category.mask = mask;
	condition->category.words = words;
	return condition_looks_at(condition, FACT_BIT(FACT_CATEGORY));
}

static bool
sets_meet(const uint64_t *mask, size_t words, const struct fact_set *set)
{
	for (size_t i = 0; i < words && i < set->count; i++)
		if (mask[i] & set->words[i])
			return true;
	return false;
}

enum truth
condition_evaluate_category(const struct condition *condition, struct condition_input *input)
{
	const struct facts *facts = input->facts;

	if (sets_meet(condition->category.mask, condition->category.words, &facts->categories))
		return TRUTH_TRUE;
	if (!fact_is_known(facts, FACT_CATEGORY))
		return TRUTH_UNKNOWN;
	if (!fact_is_known(facts, FACT_PATH) &&
		sets_meet(condition->category.mask, condition->category.words, &facts->categories_possible))
		return TRUTH_UNKNOWN;
	return TRUTH_FALSE;
}

static size_t
print_set(const struct fact_set *set, const struct policy_names *names, char *dst, size_t dst_size)
{
	size_t n = 0;

	for (size_t i = 0; i < set->count * 64 && n < dst_size; i++) {
		const char *name;

		if (!(set->words[i / 64] >> (i % 64) & 1))
			continue;
		name = names && names->of[NAME_CATEGORY] ? names->of[NAME_CATEGORY](names->context, (unsigned)i) : NULL;
		n += (size_t)snprintf(dst + n, dst_size - n, "%s%s", n ? ", " : "", name ? name : "?");
	}
	return n;
}

void
condition_evidence_category(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	char have[256] = "none", possible[256] = "";

	print_set(&facts->categories, names, have, sizeof have);
	if (!fact_is_known(facts, FACT_PATH))
		print_set(&facts->categories_possible, names, possible, sizeof possible);
	snprintf(dst, dst_size, "categories: %s%s%s", have, *possible ? "; with some path also: " : "", possible);
}

/* port */

bool
condition_read_port(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	struct condition_port *ranges = arena_alloc(reader->arena, field->count * sizeof *ranges);

	if (ranges == NULL)
		return condition_out_of_memory(reader, field);
	for (unsigned i = 0; i < field->count; i++) {
		struct slice text = field->values[i].text;
		size_t dash = slice_find(text, '-');
		uint64_t from, to;

		if (!slice_to_u64(slice_sub(text, 0, dash), &from) ||
			!slice_to_u64(dash < text.len ? slice_sub(text, dash + 1, text.len) : text, &to) || from == 0 ||
			from > to || to > 65535)
			return condition_refuse(reader, field, &field->values[i], "port",
				"write a number from 1 to 65535, or a range such as 8000-8099");
		ranges[i] = (struct condition_port){(uint16_t)from, (uint16_t)to};
	}
	condition->port.ranges = ranges;
	condition->port.count = field->count;
	return condition_looks_at(condition, FACT_BIT(FACT_DESTINATION));
}

enum truth
condition_evaluate_port(const struct condition *condition, struct condition_input *input)
{
	uint16_t port = input->facts->destination.port;

	if (!fact_is_known(input->facts, FACT_DESTINATION))
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < condition->port.count; i++)
		if (port >= condition->port.ranges[i].from && port <= condition->port.ranges[i].to)
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

void
condition_evidence_port(const struct condition *condition, const struct facts *facts, const struct policy_names *names,
	char *dst, size_t dst_size)
{
	snprintf(dst, dst_size, "port %u", facts->destination.port);
}

/* destination */

bool
condition_read_destination(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	struct prefix *prefixes = arena_alloc(reader->arena, field->count * sizeof *prefixes);

	if (prefixes == NULL)
		return condition_out_of_memory(reader, field);
	for (unsigned i = 0; i < field->count; i++)
		if (!prefix_parse(field->values[i].text, &prefixes[i]))
			return condition_refuse(reader, field, &field->values[i], "network",
				"write 192.0.2.0/24 or 2001:db8::/32, without bits below the length");
	condition->destination.prefixes = prefixes;
	condition->destination.count = field->count;
	return condition_looks_at(condition, FACT_BIT(FACT_DESTINATION));
}

enum truth
condition_evaluate_destination(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_DESTINATION))
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < condition->destination.count; i++)
		if (prefix_contains(&condition->destination.prefixes[i], &input->facts->destination.addr))
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

void
condition_evidence_destination(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	char text[ADDR_TEXT_MAX];

	snprintf(dst, dst_size, "destination %s", addr_format(&facts->destination.addr, text));
}

/* client */

bool
condition_read_client(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	uint32_t facts = FACT_BIT(FACT_CLIENT);

	for (unsigned i = 0; i < field->count; i++) {
		int group = groups_find(reader->groups, field->values[i].text);
		struct conf_suggest search = {.word = field->values[i].text};

		for (unsigned g = 0; group < 0 && g < reader->groups->count; g++)
			conf_suggest_offer(&search, reader->groups->names[g].ptr);
		if (group < 0)
			return condition_refuse_near(reader, field, &field->values[i], "group", &search,
				"define it: group NAME { net ... }");
		group_set_add(&condition->groups, (unsigned)group);
		if (group_set_has(&reader->groups->by_mac, (unsigned)group))
			facts |= FACT_BIT(FACT_MAC);
		if (group_set_has(&reader->groups->by_user, (unsigned)group))
			facts |= FACT_BIT(FACT_USER);
	}
	return condition_looks_at(condition, facts);
}

enum truth
condition_evaluate_client(const struct condition *condition, struct condition_input *input)
{
	enum truth truth = TRUTH_FALSE;

	for (unsigned i = 0; i < GROUPS_MAX / 64; i++) {
		if (condition->groups.words[i] & input->groups_sure.words[i])
			return TRUTH_TRUE;
		if (condition->groups.words[i] & input->groups_maybe.words[i])
			truth = TRUTH_UNKNOWN;
	}
	return truth;
}

void
condition_evidence_client(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	char text[ADDR_TEXT_MAX];
	size_t n = (size_t)snprintf(dst, dst_size, "client %s", addr_format(&facts->client, text));

	for (size_t i = 0; i < facts->user_count && n < dst_size; i++)
		n += (size_t)snprintf(dst + n, dst_size - n, " %.*s", SLICE_ARG(facts->users[i]));
}

/* during */

bool
condition_read_during(struct condition_reader *reader, struct condition *condition, const struct conf_field *field)
{
	const struct schedule **schedules = arena_alloc(reader->arena, field->count * sizeof *schedules);

	if (schedules == NULL)
		return condition_out_of_memory(reader, field);
	for (unsigned i = 0; i < field->count; i++) {
		struct conf_suggest search = {.word = field->values[i].text};

		schedules[i] = NULL;
		for (size_t s = 0; s < reader->schedule_count; s++)
			if (slice_eq(reader->schedules[s]->name, field->values[i].text))
				schedules[i] = reader->schedules[s];
		if (schedules[i])
			continue;
		for (size_t s = 0; s < reader->schedule_count; s++)
			conf_suggest_offer(&search, reader->schedules[s]->name.ptr);
		return condition_refuse_near(reader, field, &field->values[i], "time", &search,
			"define it: time NAME { mon-fri 08:00-17:00 }");
	}
	condition->during.schedules = schedules;
	condition->during.count = field->count;
	return condition_looks_at(condition, FACT_BIT(FACT_TIME));
}

enum truth
condition_evaluate_during(const struct condition *condition, struct condition_input *input)
{
	if (!fact_is_known(input->facts, FACT_TIME))
		return TRUTH_UNKNOWN;
	for (size_t i = 0; i < condition->during.count; i++)
		if (schedule_holds(condition->during.schedules[i], input->facts->time))
			return TRUTH_TRUE;
	return TRUTH_FALSE;
}

void
condition_evidence_during(const struct condition *condition, const struct facts *facts,
	const struct policy_names *names, char *dst, size_t dst_size)
{
	char text[32];

	snprintf(dst, dst_size, "time %s",
		schedule_local_time(condition->during.schedules[0], facts->time, text, sizeof text));
}
