/* Times of certificates as plain numbers. */
#ifndef SLUICE_TLS_X509_TIME_H
#define SLUICE_TLS_X509_TIME_H

#include <openssl/asn1.h>
#include <stdint.h>

/* Seconds since 1970-01-01 UTC, or INT64_MIN where the time is malformed. */
int64_t x509_time_seconds(const ASN1_TIME *time);

#endif
