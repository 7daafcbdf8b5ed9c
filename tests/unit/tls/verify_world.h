/* The small world in which the verifier is tested: a public root and an added one, each with an intermediate, and the
 * proxy's own CA.  Every test of a WORLD_SUITE starts in a new one. */
#ifndef SLUICE_TESTS_UNIT_TLS_VERIFY_WORLD_H
#define SLUICE_TESTS_UNIT_TLS_VERIFY_WORLD_H

#include "tls/trust_builder.h"
#include "tls/verify.h"
#include "unit.h"
#include "verify_pki.h"

struct world {
	struct pki_cert root, ica;                 /* public */
	struct pki_cert private_root, private_ica; /* added */
	struct pki_cert own_ca;
	struct trust *trust; /* in all of them but the intermediates; generation WORLD_GENERATION */
};
#define WORLD_GENERATION 7

extern struct world world;

void world_set_up(void);
void world_tear_down(void);
/* A builder that has what the world's trust has; world_trust() builds it and frees the builder. */
struct trust_builder *world_builder(void);
struct trust *world_trust(struct trust_builder *b);
void world_add_anchor(struct trust_builder *b, X509 *cert, enum trust_source source);
struct hostname world_host(const char *text);

/* What is judged; what is left out is ordinary. */
struct asked {
	X509 *leaf;
	X509 *chain[8];
	const char *host;
	struct trust *trust;
	int64_t at; /* seconds from PKI_NOW */
	struct slice staple;
	unsigned options;
};
struct verify_verdict world_judge(const struct asked *asked);

/* clang-format off */
#define JUDGE(...) world_judge(&(struct asked){__VA_ARGS__})
/* A leaf below an intermediate, with these peculiarities; and the verdict on it. */
#define PUBLIC_LEAF(...) PKI_MAKE(.issuer = &world.ica, __VA_ARGS__).cert
#define PRIVATE_LEAF(...) PKI_MAKE(.issuer = &world.private_ica, __VA_ARGS__).cert
#define JUDGE_PUBLIC(...) JUDGE(.leaf = PUBLIC_LEAF(__VA_ARGS__), .chain = {world.ica.cert})
#define JUDGE_PRIVATE(...) JUDGE(.leaf = PRIVATE_LEAF(__VA_ARGS__), .chain = {world.private_ica.cert})
/* clang-format on */

#define ASSERT_REASON(verdict, expected)                                                                      \
	do {                                                                                                  \
		struct verify_verdict assert_v_ = (verdict);                                                  \
		ck_assert_msg(assert_v_.reason == (expected), "have %s at depth %u, want %s",                 \
			verify_reason_code(assert_v_.reason), assert_v_.depth, verify_reason_code(expected)); \
	} while (0)

/* As UNIT_SUITE, in a world. */
#define WORLD_SUITE(name, title, ...)                                            \
	Suite *name##_suite(void)                                                \
	{                                                                        \
		const TTest *const tests[] = {__VA_ARGS__};                      \
		Suite *suite = suite_create(title);                              \
		TCase *tcase = tcase_create(title);                              \
		tcase_add_checked_fixture(tcase, world_set_up, world_tear_down); \
		tcase_set_timeout(tcase, 120);                                   \
		for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)      \
			tcase_add_test(tcase, tests[i]);                         \
		suite_add_tcase(suite, tcase);                                   \
		return suite;                                                    \
	}

#endif
