noinst_LIBRARIES += libsluice-proxy.a
libsluice_proxy_a_SOURCES = \
	src/proxy/clients.c src/proxy/clients.h \
	src/proxy/content.c src/proxy/content.h \
	src/proxy/counters.h \
	src/proxy/exchange.c src/proxy/exchange.h \
	src/proxy/generation.c src/proxy/generation.h \
	src/proxy/judge.c src/proxy/judge.h \
	src/proxy/minter.c src/proxy/minter.h \
	src/proxy/origin.c src/proxy/origin.h \
	src/proxy/pages.c src/proxy/pages.h \
	src/proxy/recording.c src/proxy/recording.h \
	src/proxy/session.c src/proxy/session.h src/proxy/session_steps.h \
	src/proxy/session_peek.c \
	src/proxy/session_serve.c \
	src/proxy/session_tls.c \
	src/proxy/status.c src/proxy/status.h \
	src/proxy/thread.c src/proxy/thread.h \
	src/proxy/websocket.c src/proxy/websocket.h
