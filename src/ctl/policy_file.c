/* A configuration with its policy.  See policy_file.h. */
#include "ctl/policy_file.h"

#include "classify/mime.h"

/* The classes of content types are numbered as the sniffer numbers them. */
static const char *
type_class_name(const void *context, unsigned number)
{
	return number < MIME_CLASS_COUNT ? mime_class_name((enum mime_class)number) : NULL;
}

int
policy_file_load(struct ctl *ctl, const char *path, struct policy_file *p)
{
	const struct policy_names names = {.of = {[NAME_TYPE_CLASS] = type_class_name}};
	struct problems problems = {0};
	int status;

	*p = (struct policy_file){0};
	status = settings_load_from(ctl, path, &p->settings);
	if (status != EX_OK)
		return status;
	p->policy = policy_compile(p->settings.tree, &names, &problems);
	if (p->policy == NULL) {
		settings_print_problems(ctl->err, &problems);
		status = EX_CONFIG;
	}
	problems_release(&problems);
	return status;
}

void
policy_file_release(struct policy_file *p)
{
	policy_release(p->policy);
	settings_release(&p->settings);
	*p = (struct policy_file){0};
}
