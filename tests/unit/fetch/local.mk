# Unit tests of src/fetch.
check_PROGRAMS += tests/unit/check_fetch
tests_unit_check_fetch_SOURCES = tests/unit/fetch/main.c tests/unit/fetch/suites.h tests/unit/unit.h \
	tests/unit/fetch/check_hosts.c tests/unit/fetch/check_message.c tests/unit/fetch/check_networks.c \
	tests/unit/fetch/check_server.c
tests_unit_check_fetch_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_fetch_LDADD = $(FETCH_PARTS) $(CHECK_LIBS)
