check_PROGRAMS += tests/unit/check_ipc
tests_unit_check_ipc_SOURCES = tests/unit/ipc/main.c tests/unit/ipc/suites.h tests/unit/unit.h \
	tests/unit/ipc/check_bundle.c tests/unit/ipc/check_channel.c
tests_unit_check_ipc_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_ipc_LDADD = $(IPC_LIBS) $(CHECK_LIBS)
