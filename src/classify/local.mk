noinst_LIBRARIES += libsluice-classify.a
libsluice_classify_a_SOURCES =
