# Programs to measure with; built on demand (make tests/bench/NAME), run by hand.
EXTRA_PROGRAMS += tests/bench/bench_http1
tests_bench_bench_http1_SOURCES = tests/bench/bench_http1.c tests/unit/http/relay.c tests/unit/http/relay.h
tests_bench_bench_http1_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_bench_bench_http1_LDADD = $(HTTP_LIBS)
EXTRA_PROGRAMS += tests/bench/bench_relay
tests_bench_bench_relay_SOURCES = tests/bench/bench_relay.c tests/unit/http/relay.c tests/unit/http/relay.h
tests_bench_bench_relay_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_bench_bench_relay_LDADD = $(HTTP_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_html
tests_bench_bench_html_SOURCES = tests/bench/bench_html.c tests/bench/bench.h
tests_bench_bench_html_LDADD = $(CLASSIFY_LIBS)
EXTRA_PROGRAMS += tests/bench/bench_topics
tests_bench_bench_topics_SOURCES = tests/bench/bench_topics.c tests/bench/bench.h
tests_bench_bench_topics_LDADD = $(CLASSIFY_LIBS)
EXTRA_PROGRAMS += tests/bench/bench_phrases
tests_bench_bench_phrases_SOURCES = tests/bench/bench_phrases.c tests/bench/bench.h
tests_bench_bench_phrases_LDADD = $(CLASSIFY_LIBS)
EXTRA_PROGRAMS += tests/bench/mime_agreement tests/bench/bench_mime
tests_bench_mime_agreement_SOURCES = tests/bench/mime_agreement.c
tests_bench_mime_agreement_LDADD = $(CLASSIFY_LIBS) -lmagic
tests_bench_bench_mime_SOURCES = tests/bench/bench_mime.c tests/bench/bench.h
tests_bench_bench_mime_LDADD = $(CLASSIFY_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_record
tests_bench_bench_record_SOURCES = tests/bench/bench_record.c
tests_bench_bench_record_LDADD = $(RECORD_LIBS)
EXTRA_PROGRAMS += tests/bench/bench_decode
tests_bench_bench_decode_SOURCES = tests/bench/bench_decode.c tests/bench/bench.h
tests_bench_bench_decode_LDADD = $(CLASSIFY_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_mint
tests_bench_bench_mint_SOURCES = tests/bench/bench_mint.c
tests_bench_bench_mint_LDADD = $(TLS_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_verify
tests_bench_bench_verify_SOURCES = tests/bench/bench_verify.c tests/unit/tls/verify_pki.c
tests_bench_bench_verify_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit/tls
tests_bench_bench_verify_LDADD = $(TLS_LIBS)
EXTRA_PROGRAMS += tests/bench/bench_policy
tests_bench_bench_policy_SOURCES = tests/bench/bench_policy.c
tests_bench_bench_policy_LDADD = $(POLICY_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_hello
tests_bench_bench_hello_SOURCES = tests/bench/bench_hello.c tests/bench/bench.h
tests_bench_bench_hello_LDADD = $(PEEK_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_categories
tests_bench_bench_categories_SOURCES = tests/bench/bench_categories.c tests/bench/bench.h
tests_bench_bench_categories_LDADD = $(CLASSIFY_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_handshake
tests_bench_bench_handshake_SOURCES = tests/bench/bench_handshake.c tests/bench/bench.h
tests_bench_bench_handshake_LDADD = $(OPENSSL_LIBS)
