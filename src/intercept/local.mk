noinst_LIBRARIES += libsluice-intercept.a
libsluice_intercept_a_SOURCES =
