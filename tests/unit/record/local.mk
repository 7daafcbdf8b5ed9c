check_PROGRAMS += tests/unit/check_record
tests_unit_check_record_SOURCES = tests/unit/record/main.c tests/unit/record/suites.h tests/unit/unit.h \
	tests/unit/record/check_entry.c \
	tests/unit/record/check_format.c \
	tests/unit/record/check_json.c \
	tests/unit/record/check_queue.c \
	tests/unit/record/check_record.c \
	tests/unit/record/check_text.c \
	tests/unit/record/check_writer.c
tests_unit_check_record_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_record_LDADD = $(RECORD_LIBS) $(JANSSON_LIBS) $(CHECK_LIBS)
