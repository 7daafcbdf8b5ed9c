noinst_LIBRARIES += libsluice-base.a
libsluice_base_a_SOURCES = \
	src/base/addr.c src/base/addr.h \
	src/base/arena.c src/base/arena.h \
	src/base/buffer.c src/base/buffer.h \
	src/base/clock.h \
	src/base/cursor.h \
	src/base/diag.c src/base/diag.h \
	src/base/form.c src/base/form.h \
	src/base/host_name.c src/base/host_name.h \
	src/base/library.c src/base/library.h \
	src/base/list.h \
	src/base/map.c src/base/map.h \
	src/base/not_cleared.h \
	src/base/pages.c src/base/pages.h \
	src/base/parse.h \
	src/base/siphash.c src/base/siphash.h \
	src/base/slice.c src/base/slice.h \
	src/base/utf8.c src/base/utf8.h
