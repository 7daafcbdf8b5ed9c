# Each fuzzer: tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput, and its corpus in tests/fuzz/corpus/NAME/.
# Add it here so:
#   check_PROGRAMS += tests/fuzz/fuzz_NAME
#   tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(FUZZMAIN)
#   tests_fuzz_fuzz_NAME_LDFLAGS = $(FUZZLDFLAGS)
#   tests_fuzz_fuzz_NAME_LDADD = $(..._LIBS)

check_PROGRAMS += tests/fuzz/fuzz_client_hello
tests_fuzz_fuzz_client_hello_SOURCES = tests/fuzz/fuzz_client_hello.c $(FUZZMAIN)
tests_fuzz_fuzz_client_hello_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_client_hello_LDADD = $(PEEK_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_sniff
tests_fuzz_fuzz_sniff_SOURCES = tests/fuzz/fuzz_sniff.c $(FUZZMAIN)
tests_fuzz_fuzz_sniff_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_sniff_LDADD = $(PEEK_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_regex
tests_fuzz_fuzz_regex_SOURCES = tests/fuzz/fuzz_regex.c $(FUZZMAIN)
tests_fuzz_fuzz_regex_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_regex_LDADD = $(POLICY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_user_table
tests_fuzz_fuzz_user_table_SOURCES = tests/fuzz/fuzz_user_table.c $(FUZZMAIN)
tests_fuzz_fuzz_user_table_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_user_table_LDADD = $(POLICY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_charset
tests_fuzz_fuzz_charset_SOURCES = tests/fuzz/fuzz_charset.c $(FUZZMAIN)
tests_fuzz_fuzz_charset_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_charset_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c $(FUZZMAIN)
tests_fuzz_fuzz_decode_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_decode_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_html_text
tests_fuzz_fuzz_html_text_SOURCES = tests/fuzz/fuzz_html_text.c $(FUZZMAIN)
tests_fuzz_fuzz_html_text_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_html_text_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_phrases
tests_fuzz_fuzz_phrases_SOURCES = tests/fuzz/fuzz_phrases.c $(FUZZMAIN)
tests_fuzz_fuzz_phrases_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_phrases_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_text_model
tests_fuzz_fuzz_text_model_SOURCES = tests/fuzz/fuzz_text_model.c $(FUZZMAIN)
tests_fuzz_fuzz_text_model_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_text_model_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_body_scan
tests_fuzz_fuzz_body_scan_SOURCES = tests/fuzz/fuzz_body_scan.c $(FUZZMAIN)
tests_fuzz_fuzz_body_scan_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_body_scan_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_multipart
tests_fuzz_fuzz_multipart_SOURCES = tests/fuzz/fuzz_multipart.c $(FUZZMAIN)
tests_fuzz_fuzz_multipart_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_multipart_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_mime
tests_fuzz_fuzz_mime_SOURCES = tests/fuzz/fuzz_mime.c $(FUZZMAIN)
tests_fuzz_fuzz_mime_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_mime_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_mint_request tests/fuzz/fuzz_leaf_template
tests_fuzz_fuzz_mint_request_SOURCES = tests/fuzz/fuzz_mint_request.c $(FUZZMAIN)
tests_fuzz_fuzz_mint_request_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_mint_request_LDADD = $(TLS_LIBS)
tests_fuzz_fuzz_leaf_template_SOURCES = tests/fuzz/fuzz_leaf_template.c $(FUZZMAIN)
tests_fuzz_fuzz_leaf_template_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_leaf_template_LDADD = $(TLS_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_http1_request tests/fuzz/fuzz_http1_response tests/fuzz/fuzz_http1_chunked
tests_fuzz_fuzz_http1_request_SOURCES = tests/fuzz/fuzz_http1_request.c $(FUZZMAIN)
tests_fuzz_fuzz_http1_request_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_http1_request_LDADD = $(HTTP_LIBS)
tests_fuzz_fuzz_http1_response_SOURCES = tests/fuzz/fuzz_http1_response.c $(FUZZMAIN)
tests_fuzz_fuzz_http1_response_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_http1_response_LDADD = $(HTTP_LIBS)
tests_fuzz_fuzz_http1_chunked_SOURCES = tests/fuzz/fuzz_http1_chunked.c $(FUZZMAIN)
tests_fuzz_fuzz_http1_chunked_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_http1_chunked_LDADD = $(HTTP_LIBS)
EXTRA_PROGRAMS += tests/fuzz/reframe
tests_fuzz_reframe_SOURCES = tests/fuzz/reframe.c
tests_fuzz_reframe_LDADD = $(HTTP_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_http2
tests_fuzz_fuzz_http2_SOURCES = tests/fuzz/fuzz_http2.c tests/unit/http/relay.c tests/unit/http/relay.h $(FUZZMAIN)
tests_fuzz_fuzz_http2_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_http2_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_http2_LDADD = $(HTTP_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_hpack
tests_fuzz_fuzz_hpack_SOURCES = tests/fuzz/fuzz_hpack.c tests/unit/http/relay.c tests/unit/http/relay.h $(FUZZMAIN)
tests_fuzz_fuzz_hpack_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_hpack_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_hpack_LDADD = $(HTTP_LIBS)

# Allocations, connections and the clock come by the world of tests/fuzz/exchange/.
EXCHANGE_WRAPS = clock_gettime connect malloc calloc realloc http1_conn_new http2_conn_new session_origin_speaks_http2
check_PROGRAMS += tests/fuzz/fuzz_exchange
tests_fuzz_fuzz_exchange_SOURCES = tests/fuzz/fuzz_exchange.c tests/fuzz/exchange/world.c tests/fuzz/exchange/world.h \
	tests/fuzz/exchange/script.c tests/fuzz/exchange/script.h $(FUZZMAIN)
tests_fuzz_fuzz_exchange_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_exchange_LDFLAGS = $(FUZZLDFLAGS) $(foreach f,$(EXCHANGE_WRAPS),-Wl,--wrap=$(f))
tests_fuzz_fuzz_exchange_LDADD = $(PROXY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_entry
tests_fuzz_fuzz_entry_SOURCES = tests/fuzz/fuzz_entry.c $(FUZZMAIN)
tests_fuzz_fuzz_entry_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_entry_LDADD = $(RECORD_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_conf
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c $(FUZZMAIN)
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_conf_LDADD = $(POLICY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_verify tests/fuzz/fuzz_trust
tests_fuzz_fuzz_verify_SOURCES = tests/fuzz/fuzz_verify.c $(FUZZMAIN)
tests_fuzz_fuzz_verify_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_verify_LDADD = $(TLS_LIBS)
tests_fuzz_fuzz_trust_SOURCES = tests/fuzz/fuzz_trust.c $(FUZZMAIN)
tests_fuzz_fuzz_trust_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_trust_LDADD = $(TLS_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_import
tests_fuzz_fuzz_import_SOURCES = tests/fuzz/fuzz_import.c $(FUZZMAIN)
tests_fuzz_fuzz_import_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_import_LDADD = $(POLICY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_list tests/fuzz/fuzz_category_file
tests_fuzz_fuzz_list_SOURCES = tests/fuzz/fuzz_list.c $(FUZZMAIN)
tests_fuzz_fuzz_list_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_list_LDADD = $(CLASSIFY_LIBS)
tests_fuzz_fuzz_category_file_SOURCES = tests/fuzz/fuzz_category_file.c $(FUZZMAIN)
tests_fuzz_fuzz_category_file_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_category_file_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_fetch
tests_fuzz_fuzz_fetch_SOURCES = tests/fuzz/fuzz_fetch.c $(FUZZMAIN)
tests_fuzz_fuzz_fetch_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_fetch_LDADD = $(FETCH_PARTS)

check_PROGRAMS += tests/fuzz/fuzz_ct_logs
tests_fuzz_fuzz_ct_logs_SOURCES = tests/fuzz/fuzz_ct_logs.c $(FUZZMAIN)
tests_fuzz_fuzz_ct_logs_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_ct_logs_LDADD = $(TLS_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_list_archive
tests_fuzz_fuzz_list_archive_SOURCES = tests/fuzz/fuzz_list_archive.c $(FUZZMAIN)
tests_fuzz_fuzz_list_archive_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_list_archive_LDADD = $(CLASSIFY_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_crl
tests_fuzz_fuzz_crl_SOURCES = tests/fuzz/fuzz_crl.c $(FUZZMAIN)
tests_fuzz_fuzz_crl_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_crl_LDADD = $(TLS_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_override
tests_fuzz_fuzz_override_SOURCES = tests/fuzz/fuzz_override.c $(FUZZMAIN)
tests_fuzz_fuzz_override_LDFLAGS = $(FUZZLDFLAGS)
tests_fuzz_fuzz_override_LDADD = $(PROXY_LIBS)
