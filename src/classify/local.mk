noinst_LIBRARIES += libsluice-classify.a
libsluice_classify_a_SOURCES = \
	src/classify/aho.c src/classify/aho.h \
	src/classify/body_scan.c src/classify/body_scan.h \
	src/classify/category_build.c src/classify/category_build.h \
	src/classify/category_file.c src/classify/category_file.h \
	src/classify/category_format.h src/classify/category_hash.h src/classify/category_key.h \
	src/classify/category_lookup.c \
	src/classify/category_pack.c src/classify/category_pack.h \
	src/classify/category_table.c src/classify/category_table.h \
	src/classify/charset.c src/classify/charset.h \
	src/classify/charset_label.c src/classify/charset_label.h \
	src/classify/charset_tables.c src/classify/charset_tables.h \
	src/classify/decode.c src/classify/decode.h \
	src/classify/decode_codec.c src/classify/decode_codec.h \
	src/classify/form_text.c src/classify/form_text.h \
	src/classify/html_entity.c src/classify/html_entity.h src/classify/html_entity_table.c \
	src/classify/html_markup.c src/classify/html_state.h \
	src/classify/html_tag.c src/classify/html_tag.h \
	src/classify/html_text.c src/classify/html_text.h \
	src/classify/archive_library.c src/classify/archive_library.h \
	src/classify/list_archive.c src/classify/list_archive.h \
	src/classify/list_compile.c src/classify/list_compile.h \
	src/classify/list_folder.c src/classify/list_lines.h \
	src/classify/list_line.c src/classify/list_line.h \
	src/classify/list_name.c src/classify/list_name.h \
	src/classify/list_read.c src/classify/list_read.h \
	src/classify/list_store.c src/classify/list_store.h \
	src/classify/mime.c src/classify/mime.h \
	src/classify/mime_container.c src/classify/mime_container.h \
	src/classify/mime_markup.c src/classify/mime_markup.h \
	src/classify/mime_table.c src/classify/mime_table.h \
	src/classify/multipart.c src/classify/multipart.h \
	src/classify/name_shape.c src/classify/name_shape.h \
	src/classify/phrases.c src/classify/phrases.h \
	src/classify/phrases_engine.c src/classify/phrases_engine.h \
	src/classify/phrases_list.c src/classify/phrases_list.h \
	src/classify/phrases_scan.c src/classify/phrases_scan.h \
	src/classify/search_terms.c src/classify/search_terms.h \
	src/classify/text_calibrate.c src/classify/text_calibrate.h \
	src/classify/text_corpus.c src/classify/text_corpus.h \
	src/classify/text_draft.c src/classify/text_draft.h \
	src/classify/text_features.c src/classify/text_features.h \
	src/classify/text_model.c src/classify/text_model.h src/classify/text_model_score.c \
	src/classify/text_normal.c src/classify/text_normal.h \
	src/classify/text_solver.c src/classify/text_solver.h \
	src/classify/text_train.c src/classify/text_train.h \
	src/classify/text_vocabulary.h \
	src/classify/text_writer.h
