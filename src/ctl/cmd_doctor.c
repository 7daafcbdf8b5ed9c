/* sluicectl doctor: what could keep sluice from working here, each with its remedy. */
#include "ctl/doctor.h"
#include "ctl/json_view.h"
#include "ctl/terminal.h"

#include <stdlib.h>

extern const struct ctl_command cmd_doctor;

static const struct {
	const char *name;
	enum terminal_colour colour;
} levels[] = {
	[FINDING_OK] = {"ok", TERMINAL_GREEN},
	[FINDING_WARN] = {"warn", TERMINAL_YELLOW},
	[FINDING_FAIL] = {"FAIL", TERMINAL_RED},
};

static void
print_finding(struct ctl *ctl, const struct finding *f)
{
	terminal_put_coloured(ctl->out, ctl->colour, levels[f->level].colour, slice_of(levels[f->level].name));
	fprintf(ctl->out, "%*s%-14s ", 6 - (int)strlen(levels[f->level].name), "", f->check);
	terminal_put(ctl->out, slice_of(f->text));
	if (f->remedy[0]) {
		fputs("; ", ctl->out);
		terminal_put(ctl->out, slice_of(f->remedy));
	}
	fputc('\n', ctl->out);
}

static void
print_json(struct ctl *ctl, const struct doctor *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "level", levels[f->level].name, "check",
						    f->check, "text", f->text, "remedy", f->remedy));
	}
	json_view_dump(ctl, list);
	json_decref(list);
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	struct doctor *d;
	int first, status = option_parse(ctl, argc, argv, NULL, NULL, &first);

	if (status != EX_OK || first < 0)
		return status;
	if (first < argc)
		return ctl_fail_usage(ctl, "doctor takes no operands");
	d = malloc(sizeof *d);
	if (d == NULL)
		return ctl_fail(ctl, EX_OSERR, NULL, "memory is out");
	doctor_run(d, ctl);
	if (ctl->json)
		print_json(ctl, d);
	for (size_t i = 0; i < d->count; i++) {
		if (d->findings[i].level == FINDING_FAIL)
			status = EX_UNAVAILABLE;
		if (!ctl->json)
			print_finding(ctl, &d->findings[i]);
	}
	doctor_release(d);
	free(d);
	return status;
}

const struct ctl_command cmd_doctor = {
	.name = "doctor",
	.operands = "",
	.summary = "Look for what could keep sluice from working here",
	.help = "It ends with 69 where something fails; a warning may be meant so.",
	.run = run,
};
