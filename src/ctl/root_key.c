/* Opening the key.  See root_key.h.
 *
 * OpenSSL 3.0 reaches tokens by the engine of libp11 (Debian: libengine-pkcs11-openssl); a provider for PKCS#11 is in
 * no release that we build for. */
#define OPENSSL_SUPPRESS_DEPRECATED /* engines are, and have no successor here */

#include "ctl/root_key.h"

#include "tls/ca.h"
#include "tls/ca_dir.h"
#include "tls/ca_pem.h"

#include <openssl/engine.h>
#include <openssl/err.h>

#define URI_PREFIX "pkcs11:"

static EVP_PKEY *
open_token(const char *uri, const char *module, struct problems *problems)
{
	EVP_PKEY *key = NULL;
	ENGINE *engine;

	ENGINE_load_dynamic();
	engine = ENGINE_by_id("pkcs11");
	if (engine == NULL) {
		ERR_clear_error();
		problems_add(problems, false, NULL, 0, 0, "install the package libengine-pkcs11-openssl",
			"OpenSSL has no engine for PKCS#11");
		return NULL;
	}
	if (module && ENGINE_ctrl_cmd_string(engine, "MODULE_PATH", module, 0) != 1) {
		ca_problem_openssl(problems, module, "the PKCS#11 module cannot be used");
	} else if (ENGINE_init(engine) != 1) {
		ca_problem_openssl(problems, module, "the PKCS#11 module cannot be loaded");
	} else {
		key = ENGINE_load_private_key(engine, uri, NULL, NULL);
		if (key == NULL)
			ca_problem_openssl(problems, NULL, "the token has no such private key, or does not open it");
		ENGINE_finish(engine);
	}
	ENGINE_free(engine);
	return key;
}

EVP_PKEY *
root_key_open(const char *where, const char *module, struct problems *problems)
{
	struct ca_bytes bytes = {0};
	EVP_PKEY *key = NULL;

	if (slice_starts_with(slice_of(where), SLICE(URI_PREFIX)))
		return open_token(where, module, problems);
	if (ca_bytes_read(where, &bytes, problems))
		key = ca_pem_read_key(slice_make(bytes.data, bytes.len), where, problems);
	ca_bytes_release(&bytes);
	return key;
}
