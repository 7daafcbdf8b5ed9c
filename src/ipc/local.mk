noinst_LIBRARIES += libsluice-ipc.a
libsluice_ipc_a_SOURCES = \
	src/ipc/bundle.c src/ipc/bundle.h \
	src/ipc/channel.c src/ipc/channel.h \
	src/ipc/messages.c src/ipc/messages.h
