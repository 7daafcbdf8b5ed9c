/* A tree of statements to a snapshot of settings.  See snapshot.h. */
#include "conf/snapshot.h"

#include "conf/schema.h"
#include "conf/suggest.h"
#include "conf/type.h"

#include <stdlib.h>

#define SNAPSHOT_MAX (16u << 20) /* bytes of a snapshot's arena */
#define LISTS_MAX 1024
#define EXCEPTIONS_MAX 256
#define SETTINGS_MAX 256
#define ADMIN_LISTEN_MAX 16
#define ADMIN_ALLOW_MAX 256
#define CONTROL_SOCKET_ROOM 90 /* bytes of run_dir, so that a socket's path stays below the kernel's 108 */

struct builder {
	struct conf *conf;
	struct conf_list *lists;           /* grows by one for each block */
	struct conf_exception *exceptions; /* the same */
	struct problems *problems;
	/* Where each setting was set, to name the first place of a duplicate. */
	struct conf_field set[SETTINGS_MAX];
};

static bool
is_key_of(const void *context, struct slice word)
{
	return conf_setting_find(context, word) != NULL;
}

static bool
is_key_at_top(const void *context, struct slice word)
{
	return conf_setting_find("", word) != NULL;
}

static void
report_unknown_key(struct builder *b, const char *block, const struct conf_field *field)
{
	struct conf_suggest search = {.word = field->key->text};
	char remedy[128];

	for (size_t i = 0; i < conf_setting_count; i++)
		if (strcmp(conf_settings[i].block, block) == 0)
			conf_suggest_offer(&search, conf_settings[i].key);
	for (size_t i = 0; *block == '\0' && i < conf_block_count; i++)
		conf_suggest_offer(&search, conf_blocks[i].name);
	conf_error(b->problems, field->statement, field->key,
		conf_suggest_text(&search, "see sluice.conf(5)", remedy, sizeof remedy), "unknown setting \"%.*s\"%s%s",
		SLICE_ARG(field->key->text), *block ? " in " : "", block);
}

/* A one-word setting that got more words: most often a mistyped key on the same line. */
static void
report_surplus(struct builder *b, const struct conf_setting *setting, const struct conf_field *field)
{
	struct conf_suggest search = {.word = field->values[1].text};
	char remedy[128];

	for (size_t i = 0; i < conf_setting_count; i++)
		if (strcmp(conf_settings[i].block, setting->block) == 0)
			conf_suggest_offer(&search, conf_settings[i].key);
	conf_error(b->problems, field->statement, &field->values[1],
		conf_suggest_text(&search, "quote a value that has blanks", remedy, sizeof remedy),
		"%s takes one value; \"%.*s\" is too much", setting->key, SLICE_ARG(field->values[1].text));
}

/* Stores one field into base (a struct conf, or what a named block fills). */
static void
store_field(struct builder *b, const char *block, const struct conf_field *field, void *base)
{
	const struct conf_setting *setting = conf_setting_find(block, field->key->text);
	struct conf_field *first;
	char expected[256];

	if (setting == NULL || field->key->is_quoted) {
		report_unknown_key(b, block, field);
		return;
	}
	if (field->statement->has_block) {
		conf_error(b->problems, field->statement, field->key, "remove the braces",
			"%s is a setting, not a block", setting->key);
		return;
	}
	first = &b->set[setting - conf_settings];
	if (first->statement) {
		conf_error(b->problems, field->statement, field->key, "keep one of them",
			"%s is set a second time (first in %s, line %u)", setting->key, first->statement->file,
			first->key->line);
		return;
	}
	*first = *field;
	if (field->count == 0)
		conf_error(b->problems, field->statement, field->key,
			conf_setting_expected(setting, expected, sizeof expected), "%s has no value", setting->key);
	else if (field->count > 1 && !conf_types[setting->type].is_list)
		report_surplus(b, setting, field);
	else
		conf_types[setting->type].store(
			setting, field, (char *)base + setting->offset, &b->conf->arena, b->problems);
}

static void
forget_set(struct builder *b, const char *block)
{
	for (size_t i = 0; i < conf_setting_count; i++)
		if (strcmp(conf_settings[i].block, block) == 0)
			b->set[i] = (struct conf_field){0};
}

/* The defaults go the same way as what an operator writes, so that the table shows them as they are. */
static bool
store_defaults(struct builder *b, const char *block, void *base)
{
	for (size_t i = 0; i < conf_setting_count; i++) {
		const struct conf_setting *setting = &conf_settings[i];
		struct conf_word words[8];
		struct conf_statement statement = {.file = "default", .words = words};
		struct conf_field field = {&statement, words, words + 1, 0};
		struct slice rest = slice_of(setting->fallback);
		bool is_one = !conf_types[setting->type].is_list;

		if (setting->fallback == NULL || strcmp(setting->block, block) != 0)
			continue;
		words[0] = (struct conf_word){.text = slice_of(setting->key)};
		while (rest.len && field.count < 7) {
			struct slice item = rest;

			if (is_one)
				rest.len = 0;
			else
				slice_split(&rest, ' ', &item);
			words[++field.count] = (struct conf_word){.text = item};
		}
		if (field.count && !conf_types[setting->type].store(setting, &field, (char *)base + setting->offset,
					   &b->conf->arena, b->problems))
			return false;
	}
	return true;
}

/* The name of a list that is fetched becomes the name of a folder. */
static bool
is_folder_name(struct slice name)
{
	if (name.len == 0 || name.len > 64 || slice_eq(name, SLICE("allow")) || slice_eq(name, SLICE("block")) ||
		slice_starts_with(name, SLICE("categories.db")))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = ascii_lower(name.ptr[i]);

		if ((c < 'a' || c > 'z') && !ascii_is_digit(c) && (i == 0 || (c != '-' && c != '_' && c != '.')))
			return false;
	}
	return true;
}

static void
check_list(struct builder *b, const struct conf_statement *statement, const struct conf_list *list)
{
	const struct conf_word *name = &statement->words[1];

	if (list->path && list->url)
		conf_error(b->problems, statement, name, "keep one of them; what is fetched lies in state_dir",
			"the list \"%s\" has a path and an url", list->name);
	if (list->url && !slice_starts_with(slice_of(list->url), SLICE("https://")) &&
		!slice_starts_with(slice_of(list->url), SLICE("http://")))
		conf_error(b->problems, statement, name, "write url https://HOST/PATH",
			"the url of the list \"%s\" is none of http or https", list->name);
	if (list->url && !is_folder_name(name->text))
		conf_error(b->problems, statement, name,
			"use letters, digits, - and _; allow and block are the administrator's own entries",
			"a list that is fetched cannot be called \"%s\"", list->name);
	if (list->allow && list->category)
		conf_error(b->problems, statement, name, "remove category, or allow",
			"the list \"%s\" takes hosts out of all categories, so it has none itself", list->name);
}

static void
read_list(struct builder *b, const struct conf_statement *statement)
{
	struct conf_list *list = &b->lists[b->conf->list_count];
	const struct conf_word *name = &statement->words[1];
	struct conf_fields fields = conf_fields_of(statement->block, is_key_of, "list");
	struct conf_field field;

	for (size_t i = 0; i < b->conf->list_count; i++) {
		if (slice_eq(slice_of(b->lists[i].name), name->text)) {
			conf_error(b->problems, statement, name, "give it another name",
				"there is a list \"%s\" already (%s, line %u)", b->lists[i].name, b->lists[i].file,
				b->lists[i].line);
			return;
		}
	}
	if (b->conf->list_count == LISTS_MAX) {
		conf_error(b->problems, statement, name, NULL, "more than %d lists", LISTS_MAX);
		return;
	}
	*list = (struct conf_list){
		.name = arena_copy(&b->conf->arena, name->text).ptr,
		.file = arena_copy(&b->conf->arena, slice_of(statement->file)).ptr,
		.line = name->line,
		.column = name->column,
	};
	forget_set(b, "list");
	if (list->name == NULL || list->file == NULL || !store_defaults(b, "list", list)) {
		conf_error(b->problems, statement, name, NULL, "out of memory");
		return;
	}
	b->conf->list_count++;
	while (conf_field_next(&fields, &field))
		store_field(b, "list", &field, list);
	if (list->path == NULL && list->url == NULL)
		conf_error(b->problems, statement, name, "add: path FILE, or: url URL", "the list \"%s\" has no source",
			list->name);
	check_list(b, statement, list);
}

static void
read_exception(struct builder *b, const struct conf_statement *statement)
{
	const struct conf_word *host = &statement->words[1];
	struct conf_fields fields = conf_fields_of(statement->block, is_key_of, "exception");
	struct conf_exception *exception = &b->exceptions[b->conf->exception_count];
	struct conf_field field;

	if (b->conf->exception_count == EXCEPTIONS_MAX) {
		conf_error(b->problems, statement, host, NULL, "more than %d exceptions", EXCEPTIONS_MAX);
		return;
	}
	*exception = (struct conf_exception){
		.host = arena_copy(&b->conf->arena, host->text).ptr,
		.file = arena_copy(&b->conf->arena, slice_of(statement->file)).ptr,
		.line = host->line,
		.column = host->column,
	};
	forget_set(b, "exception");
	if (exception->host == NULL || exception->file == NULL) {
		conf_error(b->problems, statement, host, NULL, "out of memory");
		return;
	}
	b->conf->exception_count++;
	while (conf_field_next(&fields, &field))
		store_field(b, "exception", &field, exception);
}

static void
read_block(struct builder *b, const struct conf_block *block, const struct conf_statement *statement)
{
	struct conf_fields fields;
	struct conf_field field;

	if (!statement->has_block) {
		conf_error(b->problems, statement, statement->words, "write its settings in { }", "%s is a block",
			block->name);
		return;
	}
	if (statement->count != 1 + (unsigned)block->is_named) {
		conf_error(b->problems, statement, &statement->words[statement->count - 1], NULL,
			block->is_named ? "a %s needs a name, and one only" : "the %s block has no name", block->name);
		return;
	}
	if (block->is_policy)
		return;
	if (strcmp(block->name, "list") == 0) {
		read_list(b, statement);
		return;
	}
	if (strcmp(block->name, "exception") == 0) {
		read_exception(b, statement);
		return;
	}
	fields = conf_fields_of(statement->block, is_key_of, block->name);
	while (conf_field_next(&fields, &field))
		store_field(b, block->name, &field, b->conf);
}

static void
read_top(struct builder *b, const struct conf_statement *first)
{
	for (const struct conf_statement *statement = first; statement; statement = statement->next) {
		const struct conf_block *block = conf_block_find(statement->words[0].text);
		/* One statement at a time: a block's line is never split into fields. */
		struct conf_statement alone = *statement;
		struct conf_fields fields = conf_fields_of(&alone, is_key_at_top, NULL);
		struct conf_field field;

		alone.next = NULL;
		if (block && !statement->words[0].is_quoted) {
			read_block(b, block, statement);
			continue;
		}
		while (conf_field_next(&fields, &field)) {
			field.statement = statement;
			store_field(b, "", &field, b->conf);
		}
	}
}

/* Where a setting was set, for a problem that concerns several. */
static void
report_setting(struct builder *b, const char *block, const char *key, const char *remedy, const char *text)
{
	const struct conf_setting *setting = conf_setting_find(block, slice_of(key));
	const struct conf_field *field = &b->set[setting - conf_settings];

	if (field->statement)
		conf_error(b->problems, field->statement, field->key, remedy, "%s", text);
	else
		problems_add(b->problems, false, NULL, 0, 0, remedy, "%s %s: %s", block, key, text);
}

static const struct conf_field *
field_of(const struct builder *b, const char *block, const char *key)
{
	return &b->set[conf_setting_find(block, slice_of(key)) - conf_settings];
}

/* Who can read the metrics: what is said there is said in clear, to whoever is of the networks. */
static void
check_admin(struct builder *b)
{
	const struct conf *conf = b->conf;
	const struct conf_field *listen = field_of(b, "admin", "listen"), *allow = field_of(b, "admin", "allow");
	bool is_reachable = false;

	b->conf->admin.listen_is_default = listen->statement == NULL;
	if (conf->admin.listen.count > ADMIN_LISTEN_MAX)
		report_setting(b, "admin", "listen", "name the addresses that are scraped",
			"there are more than 16 addresses");
	if (conf->admin.allow.count > ADMIN_ALLOW_MAX)
		report_setting(b, "admin", "allow", "name wider ones", "there are more than 256 networks");
	for (size_t i = 0; i < conf->admin.listen.count; i++)
		is_reachable = is_reachable || !addr_is_loopback(&conf->admin.listen.items[i].addr);
	if (is_reachable && conf->admin.allow.count == 0)
		conf_warning(b->problems, listen->statement, listen->key,
			"name who scrapes in admin { allow }, or listen on 127.0.0.1",
			"the admin port is not a loopback address, and nobody but this machine may ask there");
	for (size_t i = 0; i < conf->admin.allow.count; i++)
		if (conf->admin.allow.items[i].bits == 0 ||
			(conf->admin.allow.items[i].bits == 96 && addr_is_v4(&conf->admin.allow.items[i].addr)))
			conf_warning(b->problems, allow->statement, allow->key, "name the networks of those who scrape",
				"everybody who can reach the admin port may read what it serves");
}

/* What no single setting can tell. */
static void
check_together(struct builder *b)
{
	const struct conf *conf = b->conf;

	if (conf->gateway.redirect_port == conf->gateway.tproxy_port)
		report_setting(b, "gateway", "tproxy_port", "choose another port",
			"redirect_port and tproxy_port are the same");
	for (size_t i = 0; i < conf->gateway.ports.count; i++)
		if (conf->gateway.ports.items[i] == conf->gateway.redirect_port ||
			conf->gateway.ports.items[i] == conf->gateway.tproxy_port)
			report_setting(b, "gateway", "ports", "choose another port",
				"a port of the proxy itself would be intercepted");
	if (!conf->tls.trust_system && conf->tls.trust.count == 0)
		report_setting(b, "tls", "trust", "write system, or a PEM file", "no authority would be trusted");
	check_admin(b);
	if (strlen(conf->run_dir) > CONTROL_SOCKET_ROOM)
		report_setting(b, "", "run_dir", "choose a path of 90 bytes or less",
			"the control socket's path would be too long");
}

static bool
complete_record_path(struct conf *conf)
{
	if (conf->record.path == NULL)
		conf->record.path = arena_printf(&conf->arena, "%s/access.json", conf->log_dir).ptr;
	return conf->record.path != NULL;
}

struct conf *
conf_build(const struct conf_tree *tree, struct problems *problems)
{
	struct builder *b = calloc(1, sizeof *b);
	struct conf *conf = calloc(1, sizeof *conf);
	size_t errors = problems->errors;
	bool ok = false;

	if (b == NULL || conf == NULL)
		goto out;
	conf->arena = arena_make(SNAPSHOT_MAX);
	atomic_init(&conf->references, 1);
	b->conf = conf;
	b->problems = problems;
	b->lists = arena_alloc(&conf->arena, LISTS_MAX * sizeof *b->lists);
	conf->lists = b->lists;
	b->exceptions = arena_alloc(&conf->arena, EXCEPTIONS_MAX * sizeof *b->exceptions);
	conf->exceptions = b->exceptions;
	if (b->lists == NULL || b->exceptions == NULL || !store_defaults(b, "", conf))
		goto out;
	for (size_t i = 0; i < conf_block_count; i++)
		if (!conf_blocks[i].is_named && !store_defaults(b, conf_blocks[i].name, conf))
			goto out;
	read_top(b, tree->first);
	if (problems->errors == errors)
		check_together(b);
	ok = complete_record_path(conf);
out:
	free(b);
	if (!ok && problems->errors == errors)
		problems_add(problems, false, NULL, 0, 0, NULL, "out of memory");
	if (ok && problems->errors == errors)
		return conf;
	conf_release(conf);
	return NULL;
}

struct conf *
conf_share(struct conf *conf)
{
	atomic_fetch_add_explicit(&conf->references, 1, memory_order_relaxed);
	return conf;
}

void
conf_release(struct conf *conf)
{
	if (conf == NULL || atomic_fetch_sub_explicit(&conf->references, 1, memory_order_acq_rel) > 1)
		return;
	arena_release(&conf->arena);
	free(conf);
}

void
conf_warn_restart(const struct conf *running, const struct conf *wanted, struct problems *problems)
{
	for (size_t i = 0; i < conf_setting_count; i++) {
		const struct conf_setting *setting = &conf_settings[i];

		if (setting->reload == CONF_LIVE || strcmp(setting->block, "list") == 0)
			continue;
		if (!conf_types[setting->type].equal(
			    (const char *)running + setting->offset, (const char *)wanted + setting->offset))
			problems_add(problems, true, NULL, 0, 0, "restart the daemon",
				"%s%s%s changed, which a reload cannot do", setting->block, *setting->block ? " " : "",
				setting->key);
	}
}
