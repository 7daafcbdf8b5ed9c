noinst_LIBRARIES += libsluice-classify.a
libsluice_classify_a_SOURCES = \
	src/classify/charset.c src/classify/charset.h \
	src/classify/charset_label.c src/classify/charset_label.h \
	src/classify/charset_tables.c src/classify/charset_tables.h \
	src/classify/decode.c src/classify/decode.h \
	src/classify/decode_codec.c src/classify/decode_codec.h \
	src/classify/mime.c src/classify/mime.h \
	src/classify/mime_container.c src/classify/mime_container.h \
	src/classify/mime_markup.c src/classify/mime_markup.h \
	src/classify/mime_table.c src/classify/mime_table.h
