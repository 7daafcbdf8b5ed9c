/* What judging an origin costs: a full verification of common chains, a remembered one, and how much CPU and memory
 * hostile chains can take.  Prints microseconds of CPU, one thread, and the peak of OpenSSL's memory in KiB.
 *
 * Build and run: make tests/bench/bench_verify && tests/bench/bench_verify [rounds] */
#include "tls/trust_builder.h"
#include "tls/verify_cache.h"
#include "verify_pki.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static size_t heap_now, heap_peak; /* of OpenSSL, in octets */

static void *
count_realloc(void *old, size_t size, const char *file, int line)
{
	size_t before = old ? malloc_usable_size(old) : 0;
	void *grown = realloc(old, size);

	(void)file;
	(void)line;
	heap_now += grown ? malloc_usable_size(grown) - before : 0;
	heap_peak = heap_now > heap_peak ? heap_now : heap_peak;
	return grown;
}

static void *
count_malloc(size_t size, const char *file, int line)
{
	return count_realloc(NULL, size, file, line);
}

static void
count_free(void *old, const char *file, int line)
{
	(void)file;
	(void)line;
	heap_now -= malloc_usable_size(old);
	free(old);
}

static double
cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct pki_cert root_ec, root_rsa;
static struct trust *trust;

static void
make_trust(void)
{
	struct trust_builder *b = trust_builder_new(NULL);
	struct problems problems = {0};
	double start;
	FILE *bundle = fopen("/etc/ssl/certs/ca-certificates.crt", "rb");

	root_ec = PKI_MAKE(.cn = "EC root", .is_ca = true, .key = PKI_P384);
	root_rsa = PKI_MAKE(.cn = "RSA root", .is_ca = true, .key = PKI_RSA2048);
	start = cpu_us();
	if (bundle) {
		static char text[1 << 20];
		size_t len = fread(text, 1, sizeof text, bundle);

		trust_add_anchors(b, slice_make(text, len), TRUST_SYSTEM, "bundle", 0, &problems);
		fclose(bundle);
	}
	trust_add_anchors(b, pki_der(root_ec.cert), TRUST_SYSTEM, "EC", 0, &problems);
	trust_add_anchors(b, pki_der(root_rsa.cert), TRUST_SYSTEM, "RSA", 0, &problems);
	trust = trust_build(b, 1, &problems);
	trust_builder_free(b);
	if (trust == NULL)
		exit(EXIT_FAILURE);
	printf("%-48s %9.0f us  (%zu anchors)\n", "building the trust", cpu_us() - start, trust_anchor_count(trust));
	problems_release(&problems);
}

/* One line: the cost of judging this, `rounds` times, each time with certificates as new from the wire. */
static void
measure(const char *name, struct verify_cache *cache, struct pki_cert leaf, size_t count, X509 *const *chain,
	int rounds)
{
	struct hostname host;
	struct verify_verdict v;
	double us = 0;
	size_t peak = 0;

	hostname_parse(SLICE("www.example.org"), &host);
	for (int i = 0; i < rounds; i++) {
		X509 *fresh[64], *fresh_leaf = X509_dup(leaf.cert);
		struct verify_input in = {.trust = trust, .leaf = fresh_leaf, .host = &host, .now = PKI_NOW};
		double start;
		size_t heap;

		in.chain = sk_X509_new_null();
		for (size_t k = 0; k < count; k++)
			sk_X509_push(in.chain, fresh[k] = X509_dup(chain[k]));
		heap = heap_peak = heap_now;
		start = cpu_us();
		verify_cache_judge(cache, &in, &v);
		us += cpu_us() - start;
		peak = heap_peak - heap > peak ? heap_peak - heap : peak;
		sk_X509_free(in.chain);
		X509_free(fresh_leaf);
		for (size_t k = 0; k < count; k++)
			X509_free(fresh[k]);
	}
	printf("%-48s %9.1f us  %6zu KiB  %s\n", name, us / rounds, peak >> 10, verify_reason_code(v.reason));
}

static const char *
names(const char *before, const char *after, unsigned count)
{
	char *text = malloc(count * 64 + 64); /* kept until the end */
	int at = sprintf(text, "DNS:www.example.org");

	for (unsigned i = 0; i < count; i++)
		at += sprintf(text + at, ",%s%u%s", before, i, after);
	return text;
}

static void
measure_hostile(int rounds)
{
	struct pki_cert a = PKI_MAKE(.cn = "A", .is_ca = true), b = PKI_MAKE(.cn = "B", .is_ca = true), dear[18], many;
	X509 *chain[18];

	for (size_t i = 0; i < 18; i += 2) {
		chain[i] = PKI_MAKE(.cn = "A", .is_ca = true, .issuer = &b, .use_key = a.key).cert;
		chain[i + 1] = PKI_MAKE(.cn = "B", .is_ca = true, .issuer = &a, .use_key = b.key).cert;
	}
	measure("18 authorities that certify each other", NULL, PKI_MAKE(.issuer = &a), 18, chain, rounds);
	for (size_t i = 0; i < 18; i++) {
		dear[i] = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = i ? &dear[i - 1] : &root_ec, .key = PKI_P521);
		chain[i] = dear[i].cert;
	}
	measure("18 P-521 authorities of one name, one chain", NULL, PKI_MAKE(.issuer = &dear[17]), 18, chain, rounds);
	measure("7 P-521 authorities of one name, one chain", NULL, PKI_MAKE(.issuer = &dear[6]), 7, chain, rounds);
	many = PKI_MAKE(.cn = "ICA", .is_ca = true, .issuer = &root_ec, .nc = "critical,excluded;DNS:no.example");
	chain[0] = many.cert;
	measure("a leaf of 1000 names", NULL, PKI_MAKE(.issuer = &many, .san = names("DNS:n", ".example.org", 1000)), 1,
		chain, rounds);
	measure("a leaf of 2000 names", NULL, PKI_MAKE(.issuer = &many, .san = names("DNS:n", ".example.org", 2000)), 1,
		chain, rounds);
	measure("a leaf of 2100 names", NULL, PKI_MAKE(.issuer = &many, .san = names("DNS:n", ".example.org", 2100)), 1,
		chain, rounds);
	measure("a key of RSA-16384", NULL, PKI_MAKE(.issuer = &many, .key = PKI_RSA16384), 1, chain, rounds);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1000;
	struct verify_cache *cache;
	struct pki_cert ec_ica, rsa_ica, ec_leaf, rsa_leaf;

	CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free);
	make_trust();
	ec_ica = PKI_MAKE(.cn = "EC ICA", .is_ca = true, .issuer = &root_ec);
	rsa_ica = PKI_MAKE(.cn = "RSA ICA", .is_ca = true, .issuer = &root_rsa, .key = PKI_RSA3072);
	ec_leaf = PKI_MAKE(.issuer = &ec_ica);
	rsa_leaf = PKI_MAKE(.issuer = &rsa_ica, .key = PKI_RSA2048);
	cache = verify_cache_new(100);
	measure("P-256 leaf, P-256 ICA, P-384 root", NULL, ec_leaf, 1, &ec_ica.cert, rounds);
	measure("RSA-2048 leaf, RSA-3072 ICA, RSA-2048 root", NULL, rsa_leaf, 1, &rsa_ica.cert, rounds);
	measure("remembered: P-256", cache, ec_leaf, 1, &ec_ica.cert, 1);
	measure("remembered: P-256", cache, ec_leaf, 1, &ec_ica.cert, rounds * 10);
	measure("remembered: RSA", cache, rsa_leaf, 1, &rsa_ica.cert, 1);
	measure("remembered: RSA", cache, rsa_leaf, 1, &rsa_ica.cert, rounds * 10);
	measure_hostile(rounds / 10 + 1);
	verify_cache_free(cache);
	trust_release(trust);
	pki_release();
	return EXIT_SUCCESS;
}
