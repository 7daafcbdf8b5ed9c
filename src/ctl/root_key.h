/* The key of a CA above ours, for the one moment in which it signs: out of a file, or in a token that never gives it
 * away (PKCS#11).  Only sluicectl does this; no process of the daemon ever loads a module. */
#ifndef SLUICE_CTL_ROOT_KEY_H
#define SLUICE_CTL_ROOT_KEY_H

#include "base/diag.h"

#include <openssl/evp.h>

/* `where` is the path of a PEM file (unencrypted), or a "pkcs11:" URI (RFC 7512) of a private key; a PIN that the URI
 * does not have is asked for on the terminal.  `module` is the PKCS#11 module's path; NULL: what p11-kit is configured
 * for.  The key, which the caller frees, or NULL with a problem. */
EVP_PKEY *root_key_open(const char *where, const char *module, struct problems *problems);

#endif
