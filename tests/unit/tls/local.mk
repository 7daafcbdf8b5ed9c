check_PROGRAMS += tests/unit/check_tls
tests_unit_check_tls_SOURCES = tests/unit/tls/main.c tests/unit/tls/suites.h tests/unit/unit.h \
	tests/unit/tls/mint_fixture.c tests/unit/tls/mint_fixture.h \
	tests/unit/tls/check_ca.c tests/unit/tls/check_ca_export.c tests/unit/tls/check_ca_store.c \
	tests/unit/tls/check_issuance_files.c tests/unit/tls/check_issuance_log.c tests/unit/tls/check_lean_provider.c \
	tests/unit/tls/leaf_fixture.c tests/unit/tls/leaf_fixture.h \
	tests/unit/tls/check_leaf.c tests/unit/tls/check_leaf_cache.c tests/unit/tls/check_leaf_request.c \
	tests/unit/tls/check_mint.c tests/unit/tls/check_mint_server.c \
	tests/unit/tls/verify_pki.c tests/unit/tls/verify_pki.h \
	tests/unit/tls/verify_world.c tests/unit/tls/verify_world.h \
	tests/unit/tls/check_aia.c \
	tests/unit/tls/check_hostname.c \
	tests/unit/tls/check_issuer_store.c \
	tests/unit/tls/check_offer.c \
	tests/unit/tls/check_origin_sessions.c \
	tests/unit/tls/check_revocation.c \
	tests/unit/tls/check_socket_bio.c \
	tests/unit/tls/check_tls_stream.c \
	tests/unit/tls/check_trust.c \
	tests/unit/tls/check_trust_exception.c \
	tests/unit/tls/check_verify_bounds.c \
	tests/unit/tls/check_verify_cache.c \
	tests/unit/tls/check_verify_cert.c \
	tests/unit/tls/check_verify_der.c \
	tests/unit/tls/check_verify_names.c \
	tests/unit/tls/check_verify_path.c \
	tests/unit/tls/check_verify_sct.c \
	tests/unit/tls/check_verify_ssl.c \
	tests/unit/tls/check_verify_status.c
tests_unit_check_tls_CFLAGS = $(UNIT_CFLAGS) -I$(top_srcdir)/tests/unit/tls
tests_unit_check_tls_LDADD = $(TLS_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_tls_memory
tests_unit_check_tls_memory_SOURCES = tests/unit/tls/memory.c tests/unit/unit.h \
	tests/unit/tls/verify_pki.c tests/unit/tls/verify_pki.h \
	tests/unit/tls/verify_world.c tests/unit/tls/verify_world.h
tests_unit_check_tls_memory_CFLAGS = $(UNIT_CFLAGS) -I$(top_srcdir)/tests/unit/tls
tests_unit_check_tls_memory_LDADD = $(TLS_LIBS) $(CHECK_LIBS)
