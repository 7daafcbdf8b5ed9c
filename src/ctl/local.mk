noinst_LIBRARIES += libsluice-ctl.a
libsluice_ctl_a_SOURCES =
