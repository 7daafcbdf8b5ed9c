/* A client, a gateway and a server, each in a network namespace of its own, inside one test process: it enters the one
 * where it wants to open a socket.  Needs root; a test that cannot have it says so and passes. */
#ifndef SLUICE_TESTS_UNIT_INTERCEPT_LAB_H
#define SLUICE_TESTS_UNIT_INTERCEPT_LAB_H

#include "base/addr.h"
#include "base/diag.h"
#include "intercept/listener.h"

/*   client 10.61.1.2, fd61:1::2 --lan-- gateway 10.61.1.1, fd61:1::1 / 10.61.2.1, fd61:2::1 --wan-- server 10.61.2.2,
 * fd61:2::2 */
struct lab {
	int client, gateway, server; /* namespaces */
	int origin;                  /* the server's listener, on port 80 of both families */
	int bystander;               /* and on port 8080 */
	struct listener proxy;       /* the gateway's; count is 0 until lab_listen() */
};

/* False where there is no right to make namespaces: return from the test then. */
bool lab_build(struct lab *lab);
/* Opens the gateway's listener; the test process stays in the gateway. */
void lab_listen(struct lab *lab, const struct original_dst_way *way, uint16_t port);

enum lab_outcome { LAB_SILENCE, LAB_REFUSED, LAB_PROXY, LAB_ORIGIN };

/* Connects from a namespace to "address:port" and tells who accepted.  Where that was the proxy, *accepted is its
 * socket, which the caller closes (NULL: closed at once).  *connected (may be NULL) is the client's end. */
enum lab_outcome lab_connect(struct lab *lab, int from, const char *to, int *accepted, int *connected);
/* The same from the client, both ends closed. */
enum lab_outcome lab_try(struct lab *lab, const char *to);
/* Whether bytes written at one end come out at the other. */
bool lab_flows(int from, int to);

/* Runs a shell command in the present namespace, and fails the test where it fails. */
void lab_run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The output of a shell command; the caller frees it. */
char *lab_output(const char *command);
void lab_enter(int namespace);
/* A namespace for tests that need nothing but one with lo up; false as lab_build(). */
bool lab_enter_empty(void);
/* Fails the test, printing them, where there are any. */
void lab_no_problems(struct problems *problems);

#endif
