noinst_LIBRARIES += libsluice-admin.a
libsluice_admin_a_SOURCES =
