# Unit tests of src/proxy.
check_PROGRAMS += tests/unit/check_proxy
tests_unit_check_proxy_SOURCES = tests/unit/proxy/main.c tests/unit/proxy/suites.h tests/unit/unit.h \
	tests/unit/proxy/check_bypasses.c \
	tests/unit/proxy/check_override_code.c tests/unit/proxy/check_overrides.c \
	tests/unit/proxy/check_enforce.c tests/unit/proxy/check_page_form.c tests/unit/proxy/check_page_set.c \
	tests/unit/proxy/check_page_template.c tests/unit/proxy/check_pages.c tests/unit/proxy/check_warn.c
tests_unit_check_proxy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_proxy_LDADD = $(PROXY_LIBS) $(CHECK_LIBS)
