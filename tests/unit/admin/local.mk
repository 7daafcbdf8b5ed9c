check_PROGRAMS += tests/unit/check_admin
tests_unit_check_admin_SOURCES = tests/unit/admin/main.c tests/unit/admin/suites.h tests/unit/unit.h \
	tests/unit/admin/check_control.c tests/unit/admin/check_exposition.c \
	tests/unit/admin/check_web_server.c
tests_unit_check_admin_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_admin_LDADD = $(ADMIN_LIBS) $(CHECK_LIBS)
