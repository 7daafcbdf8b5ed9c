check_PROGRAMS += tests/unit/check_conf
tests_unit_check_conf_SOURCES = tests/unit/conf/main.c tests/unit/conf/suites.h tests/unit/unit.h \
	tests/unit/conf/check_load.c tests/unit/conf/check_parse.c tests/unit/conf/check_schema.c \
	tests/unit/conf/check_snapshot.c tests/unit/conf/check_token.c tests/unit/conf/check_value.c
tests_unit_check_conf_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_conf_LDADD = $(CONF_LIBS) $(CHECK_LIBS)
