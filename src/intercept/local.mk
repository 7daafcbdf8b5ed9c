noinst_LIBRARIES += libsluice-intercept.a
libsluice_intercept_a_SOURCES = \
	src/intercept/bypass.c src/intercept/bypass.h \
	src/intercept/dst_guard.c src/intercept/dst_guard.h \
	src/intercept/facilities.c src/intercept/facilities.h \
	src/intercept/listener.c src/intercept/listener.h \
	src/intercept/neighbour.c src/intercept/neighbour.h \
	src/intercept/nft_batch.c src/intercept/nft_batch.h \
	src/intercept/original_dst.c src/intercept/original_dst.h \
	src/intercept/own_addrs.c src/intercept/own_addrs.h \
	src/intercept/policy_route.c src/intercept/policy_route.h \
	src/intercept/rules.c src/intercept/rules.h \
	src/intercept/rules_expr.c src/intercept/rules_expr.h \
	src/intercept/rules_netlink.c src/intercept/rules_netlink.h \
	src/intercept/rules_text.c src/intercept/rules_text.h \
	src/intercept/ruleset.c src/intercept/ruleset.h \
	src/intercept/steering.c src/intercept/steering.h
