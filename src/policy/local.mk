noinst_LIBRARIES += libsluice-policy.a
libsluice_policy_a_SOURCES =
