/* Why there is no connection to an origin. */
#ifndef SLUICE_PROXY_ORIGIN_ERROR_H
#define SLUICE_PROXY_ORIGIN_ERROR_H

enum origin_error {
	ORIGIN_OK,
	ORIGIN_REFUSED,     /* connection refused or reset */
	ORIGIN_UNREACHABLE, /* no route, or another failure of connect */
	ORIGIN_TIMEOUT,
	ORIGIN_TLS,                /* the handshake failed */
	ORIGIN_CERTIFICATE,        /* the certificate was refused: see the verdict */
	ORIGIN_CLOCK,              /* the machine's date cannot be relied on: no certificate can be judged */
	ORIGIN_CLIENT_CERTIFICATE, /* the origin demands a certificate of the client */
	ORIGIN_MEMORY,
	ORIGIN_ERRORS,
};
/* "timeout": for records and metrics. */
const char *origin_error_name(enum origin_error error);

#endif
