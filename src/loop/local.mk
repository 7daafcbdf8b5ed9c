noinst_LIBRARIES += libsluice-loop.a
libsluice_loop_a_SOURCES =
