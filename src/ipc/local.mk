noinst_LIBRARIES += libsluice-ipc.a
libsluice_ipc_a_SOURCES =
