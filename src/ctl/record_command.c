/* See record_command.h. */
#include "ctl/record_command.h"

#include "ctl/settings.h"

int
record_command_run(struct ctl *ctl, int argc, char **argv, void *options, const char *const *file,
	int (*work)(struct ctl *ctl, const char *path, const struct filter *filter, const void *options))
{
	struct filter filter = {0};
	struct settings settings = {0};
	int first, status = option_parse(ctl, argc, argv, options, &filter, &first);
	const char *wrong;

	if (status != EX_OK || first < 0)
		return status;
	wrong = filter_check(&filter);
	if (wrong)
		return ctl_fail_usage(ctl, "%s", wrong);
	if (first < argc)
		return ctl_fail_usage(ctl, "%s takes no operands", ctl->command->name);
	if (*file == NULL)
		status = settings_load(ctl, &settings);
	if (status == EX_OK)
		status = work(ctl, *file ? *file : settings.conf->record.path, &filter, options);
	settings_release(&settings);
	return status;
}
