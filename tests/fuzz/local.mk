# Each fuzzer: tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput, and its corpus in tests/fuzz/corpus/NAME/.
# Add it here so:
#   check_PROGRAMS += tests/fuzz/fuzz_NAME
#   tests_fuzz_fuzz_NAME_SOURCES = tests/fuzz/fuzz_NAME.c $(FUZZMAIN)
#   tests_fuzz_fuzz_NAME_LDFLAGS = $(FUZZLDFLAGS)
#   tests_fuzz_fuzz_NAME_LDADD = $(..._LIBS)
