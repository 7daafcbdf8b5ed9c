check_PROGRAMS += tests/unit/check_proc
tests_unit_check_proc_SOURCES = tests/unit/proc/main.c tests/unit/proc/suites.h tests/unit/unit.h \
	tests/unit/proc/check_alarms.c tests/unit/proc/check_clock_guard.c tests/unit/proc/check_clock_watch.c \
	tests/unit/proc/check_metrics.c tests/unit/proc/check_worker_counts.c
tests_unit_check_proc_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_proc_LDADD = $(PROC_LIBS) $(CHECK_LIBS)
