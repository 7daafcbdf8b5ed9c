/* The CA's certificate in the forms in which devices take it: never a key.  Each function appends to `out` and returns
 * false where memory or the buffer's ceiling forbids it (the buffer may then hold a part); CA_EXPORT_MAX suffices. */
#ifndef SLUICE_TLS_CA_EXPORT_H
#define SLUICE_TLS_CA_EXPORT_H

#include "base/buffer.h"
#include "tls/ca.h"

#define CA_EXPORT_MAX (256 * 1024)
#define CA_ANDROID_NAME_MAX 16

/* What a client has to trust for this CA's leaves: the root above it where we know it, else its own certificate.
 * Borrowed. */
X509 *ca_export_anchor(const struct ca *ca);
/* "AB:CD:...", the SHA-256 of the certificate's DER, as browsers show it. */
bool ca_export_fingerprint(X509 *certificate, struct buffer *out);
bool ca_export_pem(X509 *certificate, struct buffer *out);
bool ca_export_der(X509 *certificate, struct buffer *out);
/* The file name under which Android's system store wants the PEM: the old subject hash and ".0". */
void ca_export_android_name(X509 *certificate, char name[CA_ANDROID_NAME_MAX]);
/* An Apple configuration profile that installs all the certificates as roots.  Its identifiers follow from the
 * certificates, so a second export replaces the first on a device instead of standing beside it. */
bool ca_export_mobileconfig(X509 *const *certificates, size_t count, struct buffer *out);
/* PKCS#12 that holds the certificates and no key, unencrypted and authenticated with the password (may be ""); marked
 * so that Java takes them for trusted ones. */
bool ca_export_pkcs12(X509 *const *certificates, size_t count, const char *password, struct buffer *out);

#endif
