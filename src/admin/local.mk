noinst_LIBRARIES += libsluice-admin.a
libsluice_admin_a_SOURCES = \
	src/admin/control.c src/admin/control.h \
	src/admin/control_server.c src/admin/control_server.h \
	src/admin/exposition.c src/admin/exposition.h \
	src/admin/web_server.c src/admin/web_server.h
