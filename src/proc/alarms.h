/* What the administrator has to look after: each alarm has a name, since when it stands, what is wrong and what helps.
 * It is said once in the log when it is raised, when it gets worse and when it ends, and shown in `sluicectl status` as
 * long as it stands.  One thread. */
#ifndef SLUICE_PROC_ALARMS_H
#define SLUICE_PROC_ALARMS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum alarm_kind {
	ALARM_CLOCK,   /* the machine's date cannot be relied on */
	ALARM_CA,      /* it ends soon */
	ALARM_LISTS,   /* copies are old */
	ALARM_CT_LOGS, /* too old to refuse by */
	ALARM_CRLS,    /* overdue */
	ALARM_COUNT,
};

struct alarm {
	unsigned grade;   /* 0: it does not stand; a higher one is worse */
	uint64_t since;   /* ns since 1970, by the clock of then */
	char text[512];   /* what is wrong */
	char remedy[256]; /* what helps */
};

struct alarms {
	struct alarm items[ALARM_COUNT];
};

/* The alarm stands, as bad as this (from 1).  now: ns since 1970. */
void alarms_raise(struct alarms *alarms, enum alarm_kind kind, unsigned grade, uint64_t now, const char *remedy,
	const char *format, ...) __attribute__((format(printf, 6, 7)));
/* It does not, or no longer. */
void alarms_end(struct alarms *alarms, enum alarm_kind kind);
/* "clock", "ca"...: stable, for metrics. */
const char *alarms_name(enum alarm_kind kind);
bool alarms_stands(const struct alarms *alarms, enum alarm_kind kind);
/* As it is shown: [{"name", "since", "text", "remedy"}], empty where none stands. */
json_t *alarms_describe(const struct alarms *alarms);

#endif
