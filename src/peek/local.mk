noinst_LIBRARIES += libsluice-peek.a
libsluice_peek_a_SOURCES =
