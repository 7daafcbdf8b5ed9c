/* Makes OpenSSL 3.0 read certificates at a third of the cost.
 *
 * Each certificate that the library parses has its public key decoded at once, and for that 3.0 walks all forty
 * decoders of its default provider anew, each time: 120 microseconds a certificate, most of what a handshake with an
 * origin costs.  (From 3.2 on it remembers its choice.)  So the process gets a provider that is the default one in all
 * but two lists: of the decoders it offers those for public keys in certificates (RSA, RSA-PSS, EC, Ed25519), and of
 * the key kinds it leaves out those that no TLS of ours uses (DSA, finite-field Diffie-Hellman, SM2 and the like). What
 * is not offered cannot be reached by a peer either.
 *
 * For processes that speak TLS.  Not for those that read private keys from files (the signer, the tools): without their
 * decoders they could not. */
#ifndef SLUICE_TLS_LEAN_PROVIDER_H
#define SLUICE_TLS_LEAN_PROVIDER_H

#include "base/diag.h"

/* Installs it in the process's default library context, and keeps the library from reading a configuration file.  To be
 * called before any other use of the library, while there is one thread.  False with a problem where the library
 * refuses; everything then works as without it, only slower. */
bool lean_provider_install(struct problems *problems);

#endif
