check_PROGRAMS += tests/unit/check_peek
tests_unit_check_peek_SOURCES = tests/unit/peek/main.c tests/unit/peek/suites.h tests/unit/unit.h \
	tests/unit/peek/hello.c tests/unit/peek/hello.h \
	tests/unit/peek/check_client_hello.c \
	tests/unit/peek/check_handshake.c \
	tests/unit/peek/check_ja4.c \
	tests/unit/peek/check_sni.c \
	tests/unit/peek/check_sniff.c
tests_unit_check_peek_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_peek_LDADD = $(PEEK_LIBS) $(CHECK_LIBS)
