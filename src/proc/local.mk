noinst_LIBRARIES += libsluice-proc.a
libsluice_proc_a_SOURCES = \
	src/proc/admin.c src/proc/admin_messages.h \
	src/proc/admin_keeper.c src/proc/admin_keeper.h \
	src/proc/alarm_checks.c src/proc/alarm_checks.h \
	src/proc/alarms.c src/proc/alarms.h \
	src/proc/ca_facts.c src/proc/ca_facts.h \
	src/proc/check.c src/proc/check.h \
	src/proc/child.c src/proc/child.h \
	src/proc/clock_alarm.c src/proc/clock_alarm.h \
	src/proc/clock_guard.c src/proc/clock_guard.h \
	src/proc/clock_watch.c src/proc/clock_watch.h \
	src/proc/commands.c \
	src/proc/confine.c src/proc/confine.h \
	src/proc/date_json.c src/proc/date_json.h \
	src/proc/fetcher.c \
	src/proc/fetches.c src/proc/fetches.h \
	src/proc/gather.c src/proc/gather.h \
	src/proc/group_files.c src/proc/group_files.h \
	src/proc/health.c src/proc/health.h \
	src/proc/issuance_rotation.c src/proc/issuance_rotation.h \
	src/proc/list_child.c src/proc/list_child.h \
	src/proc/list_updates.c src/proc/list_updates.h \
	src/proc/lists.c src/proc/lists.h \
	src/proc/override_keeper.c src/proc/override_keeper.h \
	src/proc/metrics.c src/proc/metrics.h \
	src/proc/pins.c src/proc/pins.h \
	src/proc/notify.c src/proc/notify.h \
	src/proc/options.c src/proc/options.h \
	src/proc/process_usage.c src/proc/process_usage.h \
	src/proc/queries.c src/proc/queries.h \
	src/proc/reload.c src/proc/reload.h \
	src/proc/report.c src/proc/report.h \
	src/proc/role.c src/proc/role.h \
	src/proc/signer.c \
	src/proc/signer_keeper.c src/proc/signer_keeper.h \
	src/proc/state_file.c src/proc/state_file.h \
	src/proc/steer.c src/proc/steer.h \
	src/proc/supervisor.c src/proc/supervisor.h \
	src/proc/unsent.c src/proc/unsent.h \
	src/proc/user_files.c src/proc/user_files.h \
	src/proc/worker.c \
	src/proc/worker_counts.c src/proc/worker_counts.h \
	src/proc/worker_keeper.c src/proc/worker_keeper.h

sbin_PROGRAMS += sluiced
sluiced_SOURCES = src/proc/main.c
sluiced_LDADD = $(PROC_LIBS)
