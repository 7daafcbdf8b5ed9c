/* What grows old.  See alarm_checks.h. */
#include "proc/alarm_checks.h"

#include <stdio.h>

#include "base/clock.h"
#include "proc/queries.h"
#include "tls/ca_store.h"
#include "tls/ct_logs.h"
#include "tls/x509_time.h"

#define HOUR_NS UINT64_C(3600000000000)
#define DAY INT64_C(86400)

static int64_t
now_seconds(void)
{
	return (int64_t)(clock_realtime_ns() / 1000000000u);
}

/* ---- the CA ---- */

unsigned
alarm_checks_expiry_grade(int64_t life, int64_t left)
{
	int64_t early = 90 * DAY < life / 3 ? 90 * DAY : life / 3;
	int64_t late = 30 * DAY < life / 6 ? 30 * DAY : life / 6;

	return left < 0 ? 4 : left <= 7 * DAY && left <= early ? 3 : left <= late ? 2 : left <= early ? 1 : 0;
}

struct expiry {
	unsigned grade;
	int64_t left;
	const char *whose;
};

static void
note_expiry(struct expiry *worst, const X509 *certificate, int64_t now, const char *whose)
{
	int64_t from = x509_time_seconds(X509_get0_notBefore(certificate));
	int64_t until = x509_time_seconds(X509_get0_notAfter(certificate));
	unsigned grade = alarm_checks_expiry_grade(until - from, until - now);

	if (grade > worst->grade)
		*worst = (struct expiry){grade, until - now, whose};
}

/* Of the CA that signs, and of those above it: without them its leaves are worth nothing. */
static struct expiry
find_expiry(const struct supervisor *s, int64_t now)
{
	struct ca_exported exported[CA_EXPORTED_MAX];
	struct problems ignored = {0};
	struct expiry worst = {0};
	struct ca_dir dir;
	char path[4096];
	size_t count;

	snprintf(path, sizeof path, "%s/ca", s->configuration.conf->state_dir);
	if (ca_dir_open(&dir, path, false, &ignored) == CA_DIR_OK) {
		count = ca_store_exported(&dir, now, exported, &ignored);
		if (count) {
			note_expiry(&worst, exported[0].ca->certificate, now, "the CA");
			for (int i = 0; i < sk_X509_num(exported[0].ca->chain); i++)
				note_expiry(&worst, sk_X509_value(exported[0].ca->chain, i), now, "the CA above ours");
		}
		ca_exported_release(exported, count);
		ca_dir_close(&dir);
	}
	problems_release(&ignored);
	return worst;
}

static void
check_ca(struct supervisor *s)
{
	struct expiry worst = find_expiry(s, now_seconds());

	if (worst.grade == 0)
		alarms_end(&s->alarms, ALARM_CA);
	else
		alarms_raise(&s->alarms, ALARM_CA, worst.grade, clock_realtime_ns(),
			"prepare the next one and give it to the clients: sluicectl ca rotate, or ca intermediate",
			worst.grade == 4 ? "%s has ended: no certificate is made any more" : "%s ends in %lld days",
			worst.whose, (long long)(worst.left / DAY));
}

/* ---- lists ---- */

static void
check_lists(struct supervisor *s)
{
	char first[256];
	unsigned count = list_updates_overdue(&s->lists, first, sizeof first);

	if (count == 0)
		alarms_end(&s->alarms, ALARM_LISTS);
	else
		alarms_raise(&s->alarms, ALARM_LISTS, 1, clock_realtime_ns(), "see sluicectl lists status",
			"%u list%s not brought up to date for long: %s", count, count == 1 ? " was" : "s were", first);
}

void
alarm_checks_own(struct supervisor *s)
{
	if (s->clock.state != CLOCK_GOOD)
		return;
	check_ca(s);
	check_lists(s);
}

/* ---- what the worker knows ---- */

void
alarm_checks_worker(struct supervisor *s, const json_t *status)
{
	json_int_t made = json_integer_value(json_object_get(status, "ct_logs_made_s"));
	json_int_t overdue = json_integer_value(json_object_get(json_object_get(status, "crls"), "overdue"));
	uint64_t now = clock_realtime_ns();

	if (s->clock.state != CLOCK_GOOD)
		return;
	if (made && now_seconds() - made > CT_LOGS_FRESH_S)
		alarms_raise(&s->alarms, ALARM_CT_LOGS, 1, now,
			"replace the file that tls { ct_logs } names, then reload",
			"the list of transparency logs is %lld days old: nothing is refused by it",
			(long long)((now_seconds() - made) / DAY));
	else
		alarms_end(&s->alarms, ALARM_CT_LOGS);
	if (overdue)
		alarms_raise(&s->alarms, ALARM_CRLS, 1, now, "see whether their servers can be reached from here",
			"%lld revocation lists are out of date: what was revoked since is not known",
			(long long)overdue);
	else
		alarms_end(&s->alarms, ALARM_CRLS);
}

/* ---- each hour ---- */

static void
on_look(struct loop_timer *timer)
{
	alarm_checks_begin(LIST_ENTRY(timer, struct supervisor, alarm_look));
}

void
alarm_checks_init(struct supervisor *s)
{
	loop_timer_init(&s->alarm_look, s->loop, on_look);
}

void
alarm_checks_begin(struct supervisor *s)
{
	loop_timer_arm(&s->alarm_look, HOUR_NS);
	alarm_checks_own(s);
	queries_ask_status(s, NULL, NULL); /* where it cannot be asked, the next look will do */
}
