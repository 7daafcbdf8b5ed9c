noinst_LIBRARIES += libsluice-http.a
libsluice_http_a_SOURCES =
