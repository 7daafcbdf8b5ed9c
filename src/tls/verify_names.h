/* The names in certificates: which hosts a leaf stands for, and what its issuers' name constraints say about it beyond
 * what OpenSSL checks.  Reads the extensions' octets; allocates nothing; any thread. */
#ifndef SLUICE_TLS_VERIFY_NAMES_H
#define SLUICE_TLS_VERIFY_NAMES_H

#include "tls/hostname.h"
#include "tls/verify_reason.h"

#include <openssl/x509.h>

#define VERIFY_NAMES_MAX 2048     /* names in one subjectAltName */
#define VERIFY_SUBTREES_MAX 512   /* subtrees in one nameConstraints */
#define VERIFY_NAME_PRODUCT 65536 /* names times subtrees in all presented certificates */

/* VERIFY_OK where a subjectAltName stands for the host; VERIFY_PUBLIC_SUFFIX where only a wildcard below a public
 * suffix does; VERIFY_MALFORMED where the extension cannot be read, or holds a name that two readers could read
 * differently (NUL, not ASCII, empty).  The subject's common name is never looked at (RFC 9525 section 2). */
enum verify_reason verify_names_cover(X509 *leaf, const struct hostname *host, enum hostname_suffixes suffixes);
/* Refuses (VERIFY_NAME_CONSTRAINTS) constraints of `ca` that constrain nothing or are not in the form of RFC 5280
 * section 4.2.1.10, and wildcards of the leaf that reach into a subtree that `ca` excludes (CVE-2025-61727): the leaf
 * "*.example.org" stands for "x.example.org" even where only the latter is excluded. */
enum verify_reason verify_names_constraints(X509 *ca, X509 *leaf);
/* Counts names and subtrees, for bounds on what OpenSSL compares.  VERIFY_PATHOLOGICAL above the maxima. */
enum verify_reason verify_names_count(X509 *cert, size_t *names, size_t *subtrees);

#endif
