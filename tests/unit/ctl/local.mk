check_PROGRAMS += tests/unit/check_ctl
tests_unit_check_ctl_SOURCES = tests/unit/ctl/main.c tests/unit/ctl/suites.h tests/unit/unit.h \
	tests/unit/ctl/fixture.c tests/unit/ctl/fixture.h \
	tests/unit/ctl/check_ca.c \
	tests/unit/ctl/check_commands.c \
	tests/unit/ctl/check_daemon.c \
	tests/unit/ctl/check_doctor.c \
	tests/unit/ctl/check_explain.c \
	tests/unit/ctl/check_filter.c \
	tests/unit/ctl/check_log_files.c \
	tests/unit/ctl/check_option.c \
	tests/unit/ctl/check_tail.c \
	tests/unit/ctl/check_terminal.c
tests_unit_check_ctl_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_ctl_LDADD = libsluice-ctl.a $(PROXY_LIBS) $(CHECK_LIBS)
