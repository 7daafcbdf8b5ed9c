# Unit tests of src/http.
check_PROGRAMS += tests/unit/check_http
tests_unit_check_http_SOURCES = tests/unit/http/main.c tests/unit/http/suites.h tests/unit/unit.h \
	tests/unit/http/check_bound_auth.c \
	tests/unit/http/check_chunked.c \
	tests/unit/http/check_framing.c \
	tests/unit/http/relay.c tests/unit/http/relay.h \
	tests/unit/http/check_h1_conn.c \
	tests/unit/http/check_h1_head.c \
	tests/unit/http/check_h1_write.c \
	tests/unit/http/check_h2_conn.c \
	tests/unit/http/check_h2_frames.c \
	tests/unit/http/check_message.c \
	tests/unit/http/check_semantics.c \
	tests/unit/http/check_uri.c \
	tests/unit/http/check_websocket.c
tests_unit_check_http_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_http_LDADD = $(HTTP_LIBS) $(CHECK_LIBS)
