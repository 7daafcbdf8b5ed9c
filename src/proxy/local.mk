noinst_LIBRARIES += libsluice-proxy.a
libsluice_proxy_a_SOURCES =
