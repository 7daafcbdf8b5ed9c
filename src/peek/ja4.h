/* JA4, the fingerprint of a TLS client (FoxIO, technical_details/JA4.md; BSD 3-Clause).  It names TLS libraries and
 * their settings, never a person or a program for certain.  Of the JA4+ family this is the one method with a free
 * licence, and the only one here. */
#ifndef SLUICE_PEEK_JA4_H
#define SLUICE_PEEK_JA4_H

#include "peek/client_hello.h"

#include <openssl/evp.h>

#define JA4_TEXT_MAX 37 /* "t13d1516h2_8daaf6152771_e5627efa2ab1", with its NUL */

/* How the hello came. */
enum ja4_transport {
	JA4_TCP = 't',
	JA4_QUIC = 'q',
};

/* Writes the fingerprint of a hello that was read whole.  sha256 is fetched once by the caller (EVP_MD_fetch), as a
 * fetch costs more than the rest.  False, and an empty text, where the digest fails.  Any thread. */
bool ja4_format(
	const struct client_hello *hello, enum ja4_transport transport, const EVP_MD *sha256, char text[JA4_TEXT_MAX]);

#endif
