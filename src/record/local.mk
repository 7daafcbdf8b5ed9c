noinst_LIBRARIES += libsluice-record.a
libsluice_record_a_SOURCES = \
	src/record/combined.c \
	src/record/ecs.c \
	src/record/entry.c src/record/entry.h \
	src/record/format.c src/record/format.h \
	src/record/json.c src/record/json.h \
	src/record/line.c src/record/line.h \
	src/record/output.c src/record/output.h \
	src/record/queue.c src/record/queue.h \
	src/record/record.c src/record/record.h \
	src/record/recorder.c src/record/recorder.h \
	src/record/squid.c \
	src/record/text.c src/record/text.h \
	src/record/writer.c src/record/writer.h
