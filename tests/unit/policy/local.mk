check_PROGRAMS += tests/unit/check_policy
tests_unit_check_policy_SOURCES = tests/unit/policy/main.c tests/unit/policy/suites.h tests/unit/unit.h \
	tests/unit/policy/check_compile.c tests/unit/policy/check_evaluate.c tests/unit/policy/check_explain.c \
	tests/unit/policy/check_group.c tests/unit/policy/check_import.c tests/unit/policy/check_lint.c tests/unit/policy/check_manual.c \
	tests/unit/policy/check_may_bypass.c tests/unit/policy/check_override.c \
	tests/unit/policy/check_path.c tests/unit/policy/check_regex.c tests/unit/policy/check_schedule.c \
	tests/unit/policy/check_user_table.c tests/unit/policy/random.c
tests_unit_check_policy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_policy_LDADD = $(POLICY_LIBS) $(CHECK_LIBS)

check_PROGRAMS += tests/unit/check_policy_memory
tests_unit_check_policy_memory_SOURCES = tests/unit/policy/memory.c tests/unit/unit.h
tests_unit_check_policy_memory_CFLAGS = $(UNIT_CFLAGS)
tests_unit_check_policy_memory_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_check_policy_memory_LDADD = $(POLICY_LIBS) $(CHECK_LIBS)
