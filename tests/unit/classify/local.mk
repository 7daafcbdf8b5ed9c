# Unit tests of src/classify.
check_PROGRAMS += tests/unit/check_classify
tests_unit_check_classify_SOURCES = tests/unit/classify/main.c tests/unit/classify/suites.h tests/unit/unit.h \
	tests/unit/classify/check_body_scan.c \
	tests/unit/classify/check_category.c \
	tests/unit/classify/check_category_walk.c \
	tests/unit/classify/check_charset.c \
	tests/unit/classify/check_decode.c \
	tests/unit/classify/check_html_text.c \
	tests/unit/classify/check_list.c \
	tests/unit/classify/check_list_store.c \
	tests/unit/classify/check_mime.c \
	tests/unit/classify/check_multipart.c \
	tests/unit/classify/check_name_shape.c \
	tests/unit/classify/check_phrases.c \
	tests/unit/classify/check_search_terms.c \
	tests/unit/classify/check_text_calibrate.c \
	tests/unit/classify/check_text_features.c tests/unit/classify/text_counts.h \
	tests/unit/classify/check_text_model.c \
	tests/unit/classify/check_text_normal.c \
	tests/unit/classify/check_text_train.c
tests_unit_check_classify_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_classify_LDADD = $(CLASSIFY_LIBS) $(CHECK_LIBS) -lbrotlienc $(ARCHIVE_LIBS)
