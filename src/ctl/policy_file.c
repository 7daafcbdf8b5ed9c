/* A configuration with its policy.  See policy_file.h. */
#include "ctl/policy_file.h"

#include "classify/list_compile.h"
#include "proxy/policy_words.h"

#include <limits.h>
#include <stdlib.h>

/* A model that cannot be read is named; rules that ask for topics then say what they miss. */
static void
open_model(struct ctl *ctl, struct policy_file *p)
{
	char error[TEXT_MODEL_ERROR_MAX];

	if (p->settings.conf->content.model && !text_model_open(&p->model, p->settings.conf->content.model, error))
		fprintf(ctl->err, "sluicectl: the text model %s cannot be used: %s\n", p->settings.conf->content.model,
			error);
}

/* Where lists are configured and were compiled; without a table no category has a name, and rules say so. */
static void
open_categories(struct policy_file *p)
{
	char folder[PATH_MAX], path[PATH_MAX];

	if (p->settings.conf->list_count &&
		settings_path(folder, sizeof folder, p->settings.conf->state_dir, "lists") &&
		settings_path(path, sizeof path, folder, LIST_TABLE_FILE))
		category_file_open(&p->categories, path);
}

/* The files of users as they are now; what is wrong in them the daemon says. */
static void
open_users(struct policy_file *p)
{
	const struct conf_texts *paths = &p->settings.conf->clients.users;
	struct conf_sources files = {0};
	struct problems ignored = {0};

	for (size_t i = 0; i < paths->count; i++)
		conf_load_file(paths->items[i], &files);
	if (paths->count)
		p->users = user_table_build(files.items, files.count, &ignored);
	problems_release(&ignored);
	conf_sources_release(&files);
}

int
policy_file_load(struct ctl *ctl, const char *path, struct policy_file *p)
{
	struct policy_words words = {.model = &p->model};
	struct policy_names names;
	struct problems problems = {0};
	int status;

	*p = (struct policy_file){0};
	status = settings_load_from(ctl, path, &p->settings);
	if (status != EX_OK)
		return status;
	open_categories(p);
	open_users(p);
	open_model(ctl, p);
	words.categories = p->categories.map ? &p->categories.table : NULL;
	names = policy_words_names(&words);
	p->policy = policy_compile(p->settings.tree, &names, &problems);
	if (p->policy == NULL) {
		settings_print_problems(ctl->err, &problems);
		status = EX_CONFIG;
	}
	problems_release(&problems);
	return status;
}

void
policy_file_categories(struct policy_file *p, struct facts *facts)
{
	const struct category_table *table = &p->categories.table;
	char address[ADDR_TEXT_MAX];
	struct slice site = facts->site;

	facts->categories = facts->categories_possible = (struct fact_set){NULL, 0};
	if (p->categories.map == NULL || !fact_is_known(facts, FACT_CATEGORY))
		return;
	if (site.len == 0)
		site = slice_of(addr_format(&facts->destination.addr, address));
	if (fact_is_known(facts, FACT_PATH))
		category_lookup_url(table, site, facts->path, &p->answer);
	else
		category_lookup_host(table, site, &p->answer);
	facts->categories = (struct fact_set){p->answer.listed, table->set_words};
	facts->categories_possible = (struct fact_set){p->answer.possible, table->set_words};
}

unsigned
policy_file_topic(const struct policy_file *p, struct slice topic)
{
	for (unsigned i = 0; i < p->model.header.classes; i++)
		if (slice_eq(text_model_label(&p->model, i), topic))
			return i;
	return POLICY_FILE_NO_TOPIC;
}

void
policy_file_users(struct policy_file *p, struct facts *facts)
{
	const struct user_entry *user = p->users ? user_table_find(p->users, &facts->client, facts->time) : NULL;

	facts->users = user ? user->names : NULL;
	facts->user_count = user ? user->count : 0;
}

static void
learn_suspicion(struct policy_file *p, struct facts *facts)
{
	const struct conf *conf = p->settings.conf;
	struct name_shape shape =
		name_shape_of_site(facts->site, conf->content.protect.items, conf->content.protect.count);

	facts->suspicions = (uint32_t)(shape.generated >= NAME_GENERATED) << SUSPICION_GENERATED |
			    (uint32_t)(shape.likeness != NAME_UNLIKE) << SUSPICION_LOOKALIKE;
	facts->suspicion = slice_of(name_shape_describe(&shape, p->suspicion));
}

void
policy_file_names(struct policy_file *p, struct facts *facts)
{
	char decoded[SEARCH_TERMS_MAX];
	struct slice terms;

	if (fact_is_known(facts, FACT_SHAPE))
		learn_suspicion(p, facts);
	if (!fact_is_known(facts, FACT_PATH)) {
		facts->known &= ~(FACT_BIT(FACT_SEARCH) | FACT_BIT(FACT_SEARCH_SCORE));
		return;
	}
	if (facts->search.len == 0 &&
		search_terms_find_in_url(facts->site, facts->path, decoded, sizeof decoded, &terms))
		facts->search = search_terms_normal(terms, p->search, sizeof p->search);
	/* What the phrase lists say of a search is known to the daemon alone. */
	if (facts->search.len)
		facts->known &= ~FACT_BIT(FACT_SEARCH_SCORE);
}

void
policy_file_release(struct policy_file *p)
{
	user_table_release(p->users);
	policy_release(p->policy);
	category_file_close(&p->categories);
	text_model_close(&p->model);
	settings_release(&p->settings);
	*p = (struct policy_file){0};
}
