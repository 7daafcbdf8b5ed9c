/* sluicectl lists: the category lists of the configuration.  status, test and compile work on files, so they need no
 * daemon; update has the daemon fetch; add changes the configuration. */
#include "ctl/action.h"
#include "ctl/lists_work.h"

#include "policy/named.h"
#include "policy/path.h"

#include <limits.h>
#include <string.h>

extern const struct ctl_command cmd_lists;

#define RELOAD_TIMEOUT_MS 120000
#define OF(member) offsetof(struct lists_options, member)

static const struct ctl_option rows[] = {
	{"no-reload", 0, OPTION_FLAG, OF(no_reload), NULL, "add, compile: leave the daemon with what it has"},
	{"force", 0, OPTION_FLAG, OF(forces), NULL, "update: take what comes, be it much smaller than before"},
	{"url", 0, OPTION_TEXT, OF(url), "URL", "add: where the list is fetched from"},
	{"path", 0, OPTION_TEXT, OF(path), "FILE", "add: the list's file or folder"},
	{"format", 0, OPTION_TEXT, OF(format), "FORMAT", "add: its format; without, it is found out"},
	{"category", 0, OPTION_TEXT, OF(category), "NAME", "add: the category of all in it"},
	{"refresh", 0, OPTION_TEXT, OF(refresh), "TIME", "add: how often it is asked for again"},
	{"allow", 0, OPTION_FLAG, OF(allows), NULL, "add: its hosts are in no category"},
};

/* ---- what actions share ---- */

int
lists_open_table(const struct lists_work *w, struct category_file *file)
{
	char path[PATH_MAX];
	const char *wrong;

	if (!list_job_path(&w->job, LIST_TABLE_FILE, path, sizeof path))
		return ctl_fail(w->ctl, EX_CONFIG, "choose a shorter one", "state_dir is too long");
	wrong = category_file_open(file, path);
	if (wrong)
		return ctl_fail(
			w->ctl, EX_NOINPUT, "compile the lists: sluicectl lists compile", "%s: %s", path, wrong);
	return EX_OK;
}

int
lists_reload(struct lists_work *w)
{
	int status = EX_OK;

	if (w->options->no_reload || !daemon_is_running(w->ctl, &status))
		return EX_OK;
	return daemon_ask(
		w->ctl, json_pack("{s:s}", "command", "reload"), RELOAD_TIMEOUT_MS, EX_CONFIG, NULL, NULL, NULL);
}

void
lists_draw_bar(const struct lists_work *w, uint64_t done, uint64_t total)
{
	uint64_t filled = total ? done * LISTS_BAR_WIDTH / total : LISTS_BAR_WIDTH;

	fputs("\r[", w->ctl->err);
	for (unsigned i = 0; i < LISTS_BAR_WIDTH; i++)
		fputc(i < filled ? '#' : '.', w->ctl->err);
	fputs("] ", w->ctl->err);
}

/* ---- the command ---- */

static const struct action {
	struct ctl_action action;
	int (*run)(struct lists_work *w);
} actions[] = {
	{{.name = "status"}, lists_status},
	{{.name = "update", .most = 1, .takes = "one name, or none"}, lists_update},
	{{.name = "test", .least = 1, .most = 1, .takes = "a host or an URL"}, lists_test},
	{{.name = "compile"}, lists_compile},
	{{.name = "add", .least = 1, .most = 1, .takes = "a name"}, lists_add},
};

static int
work_on(struct ctl *ctl, int (*action)(struct lists_work *w), const struct lists_options *options, const char *operand)
{
	char folder[PATH_MAX];
	struct settings settings;
	struct named_categories named = {.count = 0};
	struct lists_work w = {.ctl = ctl, .options = options, .settings = &settings, .operand = operand};
	int status = settings_load(ctl, &settings);

	if (status == EX_OK && !settings_path(folder, sizeof folder, settings.conf->state_dir, "lists"))
		status = ctl_fail(ctl, EX_CONFIG, "choose a shorter one", "state_dir is too long");
	if (status == EX_OK) {
		named_categories_of(settings.tree, &named);
		w.job = (struct list_job){
			.lists = settings.conf->lists,
			.count = settings.conf->list_count,
			.folder = folder,
			.wanted = named.items,
			.wanted_count = named.count,
			.path_form = policy_path,
		};
		status = action(&w);
		named_categories_release(&named);
	}
	settings_release(&settings);
	return status;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct lists_options options = {0};
	int first, status = option_parse(ctl, argc, argv, &options, NULL, &first);
	const struct action *action;

	if (status != EX_OK || first < 0)
		return status;
	action = CTL_ACTION_FIND(ctl, actions, argc - first, argv + first);
	return action ? work_on(ctl, action->run, &options, first + 1 < argc ? argv[first + 1] : NULL) : EX_USAGE;
}

const struct ctl_command cmd_lists = {
	.name = "lists",
	.operands = "status|update [NAME]|test HOST|URL|compile|add NAME",
	.summary = "Show the category lists, fetch and compile them, look a host up, add a list",
	.help = "status shows each list: how much is in it, what was skipped, its age, licence, the last error and "
		"when it "
		"is asked for again. update has the daemon fetch a list, or all, now. test tells the categories of a "
		"host "
		"or an URL, and which lines of which lists say so. compile reads all lists of the configuration, tells "
		"what "
		"could not be used, replaces the table and has the daemon take it over; when a list cannot be read, "
		"the "
		"last table stays. add writes a list block to conf.d/ once the whole configuration has been checked "
		"with it.",
	.options = rows,
	.option_count = sizeof rows / sizeof rows[0],
	.run = run,
};
