check_PROGRAMS += tests/unit/check_base
tests_unit_check_base_SOURCES = tests/unit/base/main.c tests/unit/base/suites.h tests/unit/unit.h \
	tests/unit/base/check_form.c \
	tests/unit/base/check_host_name.c \
	tests/unit/base/check_library.c \
	tests/unit/base/check_map.c \
	tests/unit/base/check_utf8.c
tests_unit_check_base_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_base_LDADD = $(BASE_LIBS) $(CHECK_LIBS)
