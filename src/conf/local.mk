noinst_LIBRARIES += libsluice-conf.a
libsluice_conf_a_SOURCES =
