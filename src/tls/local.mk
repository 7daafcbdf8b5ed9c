noinst_LIBRARIES += libsluice-tls.a
libsluice_tls_a_SOURCES = \
	src/tls/aia.c src/tls/aia.h \
	src/tls/ca.c src/tls/ca.h \
	src/tls/ca_dir.c src/tls/ca_dir.h \
	src/tls/ca_export.c src/tls/ca_export.h \
	src/tls/ca_pem.c src/tls/ca_pem.h \
	src/tls/ca_store.c src/tls/ca_store.h \
	src/tls/der_writer.c src/tls/der_writer.h \
	src/tls/issuance_log.c src/tls/issuance_log.h \
	src/tls/leaf.c src/tls/leaf.h \
	src/tls/leaf_cache.c src/tls/leaf_cache.h \
	src/tls/leaf_hints.c src/tls/leaf_hints.h \
	src/tls/leaf_issuers.c src/tls/leaf_issuers.h \
	src/tls/leaf_keys.c src/tls/leaf_keys.h \
	src/tls/leaf_name.c src/tls/leaf_name.h \
	src/tls/leaf_request.c src/tls/leaf_request.h \
	src/tls/leaf_spki.c src/tls/leaf_spki.h \
	src/tls/leaf_template.c src/tls/leaf_template.h \
	src/tls/mint.c src/tls/mint.h \
	src/tls/mint_message.c src/tls/mint_message.h \
	src/tls/mint_rate.h \
	src/tls/mint_server.c src/tls/mint_server.h \
	src/tls/utc_date.c src/tls/utc_date.h \
	src/tls/x509_time.c src/tls/x509_time.h \
	src/tls/hostname.c src/tls/hostname.h \
	src/tls/trust.c src/tls/trust.h src/tls/trust_state.h \
	src/tls/trust_builder.c src/tls/trust_builder.h \
	src/tls/trust_pem.c src/tls/trust_pem.h \
	src/tls/trust_tables.c src/tls/trust_tables.h \
	src/tls/verify.c src/tls/verify.h \
	src/tls/verify_cache.c src/tls/verify_cache.h \
	src/tls/verify_cert.c src/tls/verify_cert.h \
	src/tls/verify_der.c src/tls/verify_der.h \
	src/tls/verify_names.c src/tls/verify_names.h \
	src/tls/verify_reason.c src/tls/verify_reason.h \
	src/tls/verify_ssl.c src/tls/verify_ssl.h \
	src/tls/verify_staple.c src/tls/verify_staple.h
