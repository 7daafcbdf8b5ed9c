check_PROGRAMS += tests/unit/check_loop
tests_unit_check_loop_SOURCES = tests/unit/loop/main.c tests/unit/loop/suites.h tests/unit/unit.h \
	tests/unit/loop/check_loop.c tests/unit/loop/check_splice.c tests/unit/loop/check_stream.c
tests_unit_check_loop_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_loop_LDADD = $(LOOP_LIBS) $(CHECK_LIBS)
