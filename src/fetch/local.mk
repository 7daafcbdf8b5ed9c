noinst_LIBRARIES += libsluice-fetch.a
libsluice_fetch_a_SOURCES = \
	src/fetch/curl_library.c src/fetch/curl_library.h \
	src/fetch/hosts.c src/fetch/hosts.h \
	src/fetch/message.c src/fetch/message.h \
	src/fetch/networks.c src/fetch/networks.h \
	src/fetch/resolver.c src/fetch/resolver.h \
	src/fetch/server.c src/fetch/server.h \
	src/fetch/transfer.c src/fetch/transfer.h
