noinst_LIBRARIES += libsluice-intercept.a
libsluice_intercept_a_SOURCES = \
	src/intercept/dst_guard.c src/intercept/dst_guard.h \
	src/intercept/listener.c src/intercept/listener.h \
	src/intercept/original_dst.c src/intercept/original_dst.h \
	src/intercept/own_addrs.c src/intercept/own_addrs.h
