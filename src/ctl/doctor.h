/* The checks of `sluicectl doctor`, a row each: what is looked at, and a function that finds. */
#ifndef SLUICE_CTL_DOCTOR_H
#define SLUICE_CTL_DOCTOR_H

#include "ctl/ctl.h"
#include "ctl/policy_file.h"

#include <jansson.h>

enum finding_level { FINDING_OK, FINDING_WARN, FINDING_FAIL };

struct finding {
	enum finding_level level;
	const char *check; /* of its row */
	char text[512];
	char remedy[256]; /* "" where there is none to name */
};

#define FINDINGS_MAX 64

struct doctor {
	struct ctl *ctl;
	struct policy_file file; /* settings.conf is NULL where the configuration is bad */
	bool daemon_answers;
	bool fetcher_runs;  /* as the daemon says */
	json_int_t fetched; /* questions that it has answered with what was asked for */
	json_int_t fetch_failures;
	struct finding findings[FINDINGS_MAX];
	size_t count;
	const char *check; /* the row that runs */
};

struct doctor_check {
	const char *name;
	bool needs_conf; /* is skipped without a good configuration */
	void (*run)(struct doctor *d);
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

/* Runs all checks in order.  Release with doctor_release(). */
void doctor_run(struct doctor *d, struct ctl *ctl);
void doctor_release(struct doctor *d);
/* For the checks: adds a finding; remedy may be "". */
void doctor_say(struct doctor *d, enum finding_level level, const char *remedy, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
