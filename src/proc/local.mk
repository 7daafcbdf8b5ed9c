noinst_LIBRARIES += libsluice-proc.a
libsluice_proc_a_SOURCES =
