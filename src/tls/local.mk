noinst_LIBRARIES += libsluice-tls.a
libsluice_tls_a_SOURCES = \
	src/tls/ca.c src/tls/ca.h \
	src/tls/der_writer.c src/tls/der_writer.h \
	src/tls/issuance_log.c src/tls/issuance_log.h \
	src/tls/leaf_name.c src/tls/leaf_name.h \
	src/tls/leaf_spki.c src/tls/leaf_spki.h \
	src/tls/leaf_template.c src/tls/leaf_template.h \
	src/tls/mint.c src/tls/mint.h \
	src/tls/mint_message.c src/tls/mint_message.h \
	src/tls/mint_rate.h \
	src/tls/mint_server.c src/tls/mint_server.h \
	src/tls/utc_date.c src/tls/utc_date.h
