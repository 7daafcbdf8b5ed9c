/* The default provider with fewer decoders.  See lean_provider.h. */
#include "tls/lean_provider.h"

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <stdlib.h>

#define ALGORITHMS_MAX 64

/* The default provider in a library context of its own: its algorithms fetch what they need from there. */
static OSSL_PROVIDER *whole;
static OSSL_PROVIDER *lean;
static OSSL_ALGORITHM decoders[ALGORITHMS_MAX];
static OSSL_ALGORITHM key_kinds[ALGORITHMS_MAX];

/* Whether the first of the names "A:B:C" is in a list that NULL ends. */
static bool
is_named(const OSSL_ALGORITHM *algorithm, const char *const *list)
{
	struct slice names = slice_of(algorithm->algorithm_names);
	struct slice first = slice_sub(names, 0, slice_find(names, ':'));

	for (; *list; list++)
		if (slice_eq_nocase(first, slice_of(*list)))
			return true;
	return false;
}

static bool
is_wanted_decoder(const OSSL_ALGORITHM *algorithm)
{
	static const char *const wanted[] = {"RSA", "RSA-PSS", "EC", "ED25519", NULL};
	struct slice properties = slice_of(algorithm->property_definition);

	return is_named(algorithm, wanted) &&
	       slice_find_slice(properties, SLICE("structure=SubjectPublicKeyInfo")) < properties.len;
}

static bool
is_wanted_key_kind(const OSSL_ALGORITHM *algorithm)
{
	static const char *const unwanted[] = {
		"DH", "DHX", "DSA", "SM2", "X448", "ED448", "SCRYPT", "SIPHASH", "POLY1305", "CMAC", NULL};

	return !is_named(algorithm, unwanted);
}

/* Copies what is wanted; false where there is more than there is room for, so that nothing is lost silently. */
static bool
filter(int operation, bool (*is_wanted)(const OSSL_ALGORITHM *), OSSL_ALGORITHM *out)
{
	int no_cache;
	const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(whole, operation, &no_cache);
	size_t count = 0;

	for (; all && all->algorithm_names; all++) {
		if (!is_wanted(all))
			continue;
		if (count == ALGORITHMS_MAX - 1)
			return false;
		out[count++] = *all;
	}
	out[count] = (OSSL_ALGORITHM){0};
	return count > 0;
}

static const OSSL_ALGORITHM *
query_operation(void *context, int operation, int *no_cache)
{
	*no_cache = 0;
	if (operation == OSSL_OP_DECODER)
		return decoders;
	if (operation == OSSL_OP_KEYMGMT)
		return key_kinds;
	return OSSL_PROVIDER_query_operation(whole, operation, no_cache);
}

static int
get_capabilities(void *context, const char *capability, OSSL_CALLBACK *callback, void *argument)
{
	return OSSL_PROVIDER_get_capabilities(whole, capability, callback, argument);
}

static const OSSL_PARAM *
gettable_params(void *context)
{
	return OSSL_PROVIDER_gettable_params(whole);
}

static int
get_params(void *context, OSSL_PARAM params[])
{
	return OSSL_PROVIDER_get_params(whole, params);
}

static int
initialize(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *from_core, const OSSL_DISPATCH **to_core, void **context)
{
	static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query_operation},
		{OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities},
		{OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable_params},
		{OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get_params}, {0, NULL}};

	*to_core = functions;
	*context = OSSL_PROVIDER_get0_provider_ctx(whole); /* the algorithms are called with it */
	return 1;
}

bool
lean_provider_install(struct problems *problems)
{
	OSSL_LIB_CTX *own = NULL;

	if (lean)
		return true;
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	own = OSSL_LIB_CTX_new();
	whole = own ? OSSL_PROVIDER_load(own, "default") : NULL;
	/* A provider that was loaded explicitly keeps the library from loading its default one. */
	if (whole && filter(OSSL_OP_DECODER, is_wanted_decoder, decoders) &&
		filter(OSSL_OP_KEYMGMT, is_wanted_key_kind, key_kinds) &&
		OSSL_PROVIDER_add_builtin(NULL, "sluice-lean", initialize) == 1 &&
		(lean = OSSL_PROVIDER_load(NULL, "sluice-lean")) != NULL)
		return true;
	problems_add(problems, true, NULL, 0, 0, "connections are slower without it; report the version of OpenSSL",
		"OpenSSL's decoders cannot be limited: %s", ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	OSSL_PROVIDER_unload(whole);
	OSSL_LIB_CTX_free(own);
	whole = NULL;
	return false;
}
