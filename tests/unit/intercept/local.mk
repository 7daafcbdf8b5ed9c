check_PROGRAMS += tests/unit/check_intercept
tests_unit_check_intercept_SOURCES = tests/unit/intercept/main.c tests/unit/intercept/suites.h tests/unit/unit.h \
	tests/unit/intercept/lab.c tests/unit/intercept/lab.h \
	tests/unit/intercept/check_dst_guard.c \
	tests/unit/intercept/check_listener.c \
	tests/unit/intercept/check_rules.c \
	tests/unit/intercept/check_ruleset.c \
	tests/unit/intercept/check_steering.c
tests_unit_check_intercept_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_intercept_LDADD = $(INTERCEPT_LIBS) $(CONFINE_LIBS) $(CHECK_LIBS)
