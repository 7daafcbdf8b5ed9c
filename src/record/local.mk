noinst_LIBRARIES += libsluice-record.a
libsluice_record_a_SOURCES =
