noinst_LIBRARIES += libsluice-conf.a
libsluice_conf_a_SOURCES = \
	src/conf/load.c src/conf/load.h \
	src/conf/parse.c src/conf/parse.h \
	src/conf/schema.c src/conf/schema.h \
	src/conf/snapshot.c src/conf/snapshot.h \
	src/conf/suggest.c src/conf/suggest.h \
	src/conf/token.c src/conf/token.h \
	src/conf/type.c src/conf/type.h \
	src/conf/value.c src/conf/value.h
dist_man_MANS += docs/man/sluice.conf.5
