noinst_LIBRARIES += libsluice-tls.a
libsluice_tls_a_SOURCES =
