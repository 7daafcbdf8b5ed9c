noinst_LIBRARIES += libsluice-peek.a
libsluice_peek_a_SOURCES = \
	src/peek/client_hello.c src/peek/client_hello.h \
	src/peek/handshake.c src/peek/handshake.h \
	src/peek/ja4.c src/peek/ja4.h \
	src/peek/sni.c src/peek/sni.h \
	src/peek/sniff.c src/peek/sniff.h
