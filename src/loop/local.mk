noinst_LIBRARIES += libsluice-loop.a
libsluice_loop_a_SOURCES = \
	src/loop/loop.c src/loop/loop.h \
	src/loop/splice.c src/loop/splice.h \
	src/loop/stream.c src/loop/stream.h
