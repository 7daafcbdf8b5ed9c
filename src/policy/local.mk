noinst_LIBRARIES += libsluice-policy.a
libsluice_policy_a_SOURCES = \
	src/policy/compile.c src/policy/compile.h \
	src/policy/condition.c src/policy/condition.h \
	src/policy/condition_connection.c src/policy/condition_content.c \
	src/policy/condition_message.c src/policy/condition_protocol.c \
	src/policy/condition_relation.c src/policy/condition_relation.h src/policy/condition_relation_rows.c \
	src/policy/condition_text.c src/policy/condition_text.h \
	src/policy/evaluate.c src/policy/evaluate.h \
	src/policy/explain.c src/policy/explain.h \
	src/policy/facts.c src/policy/facts.h \
	src/policy/group.c src/policy/group.h \
	src/policy/import.h \
	src/policy/import_squid.c src/policy/import_squid.h \
	src/policy/import_squid_acl.c \
	src/policy/import_squid_write.c \
	src/policy/import_squidguard.c src/policy/import_squidguard.h \
	src/policy/import_squidguard_acl.c \
	src/policy/import_squidguard_define.c \
	src/policy/import_text.c src/policy/import_text.h \
	src/policy/lint.c src/policy/lint.h src/policy/lint_rule.c src/policy/lint_rule.h \
	src/policy/named.c src/policy/named.h \
	src/policy/names.h \
	src/policy/override.c src/policy/override.h \
	src/policy/path.c src/policy/path.h \
	src/policy/regex.c src/policy/regex.h \
	src/policy/regex_parse.c src/policy/regex_parse.h \
	src/policy/rule.c src/policy/rule.h \
	src/policy/schedule.c src/policy/schedule.h \
	src/policy/site.c src/policy/site.h \
	src/policy/truth.h \
	src/policy/user_table.c src/policy/user_table.h \
	src/policy/zone.c src/policy/zone.h
