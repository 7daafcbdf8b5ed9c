noinst_LIBRARIES += libsluice-http.a
libsluice_http_a_SOURCES = \
	src/http/bound_auth.c src/http/bound_auth.h \
	src/http/chunked.c src/http/chunked.h \
	src/http/error.c src/http/error.h \
	src/http/framing.c src/http/framing.h \
	src/http/h1_conn.c src/http/h1_conn.h \
	src/http/h1_head.c src/http/h1_head.h \
	src/http/h1_input.c \
	src/http/h1_output.c \
	src/http/h1_stream.c \
	src/http/h1_write.c src/http/h1_write.h \
	src/http/h2_frames.c src/http/h2_frames.h \
	src/http/h2_conn.c src/http/h2_conn.h \
	src/http/h2_head.c \
	src/http/h2_limits.c src/http/h2_limits.h \
	src/http/h2_recv.c \
	src/http/h2_stream.c \
	src/http/message.c src/http/message.h \
	src/http/semantics.c src/http/semantics.h \
	src/http/scratch.c src/http/scratch.h \
	src/http/stream.c src/http/stream.h \
	src/http/token.c src/http/token.h \
	src/http/uri.c src/http/uri.h \
	src/http/websocket.c src/http/websocket.h
