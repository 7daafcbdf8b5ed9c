noinst_LIBRARIES += libsluice-proxy.a
libsluice_proxy_a_SOURCES = \
	src/proxy/bypasses.c src/proxy/bypasses.h \
	src/proxy/bypass_query.c src/proxy/bypass_query.h \
	src/proxy/clients.c src/proxy/clients.h \
	src/proxy/content.c src/proxy/content.h \
	src/proxy/counters.h \
	src/proxy/crl_keeper.c src/proxy/crl_keeper.h \
	src/proxy/enforce.c src/proxy/enforce.h \
	src/proxy/exchange.c src/proxy/exchange.h src/proxy/exchange_steps.h \
	src/proxy/exchange_answer.c \
	src/proxy/exchange_body.c \
	src/proxy/exchange_code.c \
	src/proxy/exchange_heads.c \
	src/proxy/exchange_origin.c \
	src/proxy/exchange_upload.c \
	src/proxy/fetcher.c src/proxy/fetcher.h \
	src/proxy/generation.c src/proxy/generation.h \
	src/proxy/identity.c src/proxy/identity.h \
	src/proxy/issuer_chase.c src/proxy/issuer_chase.h \
	src/proxy/judge.c src/proxy/judge.h \
	src/proxy/minter.c src/proxy/minter.h \
	src/proxy/origin.c src/proxy/origin.h src/proxy/origin_error.h \
	src/proxy/origin_pool.c src/proxy/origin_pool.h \
	src/proxy/override_code.c src/proxy/override_code.h \
	src/proxy/override_exchange.c src/proxy/override_exchange.h \
	src/proxy/override_state.c src/proxy/override_state.h \
	src/proxy/overrides.c src/proxy/overrides.h \
	src/proxy/page_builtin.h \
	src/proxy/page_escape.c src/proxy/page_escape.h \
	src/proxy/page_form.c src/proxy/page_form.h \
	src/proxy/page_link.c src/proxy/page_link.h \
	src/proxy/page_set.c src/proxy/page_set.h \
	src/proxy/page_template.c src/proxy/page_template.h \
	src/proxy/pages.c src/proxy/pages.h \
	src/proxy/pass_proof.c src/proxy/pass_proof.h \
	src/proxy/policy_words.c src/proxy/policy_words.h \
	src/proxy/recording.c src/proxy/recording.h \
	src/proxy/search.c src/proxy/search.h \
	src/proxy/session.c src/proxy/session.h src/proxy/session_steps.h \
	src/proxy/session_bypass.c \
	src/proxy/session_dial.c \
	src/proxy/session_greet.c \
	src/proxy/session_mint.c \
	src/proxy/session_peek.c \
	src/proxy/session_serve.c \
	src/proxy/status.c src/proxy/status.h \
	src/proxy/suspicion.c src/proxy/suspicion.h \
	src/proxy/thread.c src/proxy/thread.h \
	src/proxy/verify_query.c src/proxy/verify_query.h \
	src/proxy/warn.c src/proxy/warn.h \
	src/proxy/warn_exchange.c src/proxy/warn_exchange.h \
	src/proxy/websocket.c src/proxy/websocket.h

# The pages as they are installed are also built in.
nodist_libsluice_proxy_a_SOURCES = src/proxy/page_builtin.c
CLEANFILES += src/proxy/page_builtin.c
pagesdir = $(pkgdatadir)/pages
dist_pages_DATA = packaging/pages/page.html packaging/pages/messages.en packaging/pages/messages.de
page_files = $(srcdir)/packaging/pages/messages.en $(srcdir)/packaging/pages/messages.de $(srcdir)/packaging/pages/page.html

src/proxy/page_builtin.c: $(page_files) $(srcdir)/scripts/embed-texts
	$(AM_V_GEN)$(MKDIR_P) src/proxy && $(srcdir)/scripts/embed-texts $(page_files) >$@.new && mv $@.new $@
