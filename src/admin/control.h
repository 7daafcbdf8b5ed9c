/* The control protocol between the daemon and its tools, over a stream socket in run_dir: the client sends one line,
 * a JSON object with a "command"; the daemon sends lines, each a JSON object, and closes.  {"item": ...} may come any
 * number of times; the last line is {"result": ...}, or {"error": TEXT, "remedy": TEXT}.
 *
 * Here is what both sides share and the client; the daemon's side is control_server.h. */
#ifndef SLUICE_ADMIN_CONTROL_H
#define SLUICE_ADMIN_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define CONTROL_SOCKET_NAME "control.sock" /* in run_dir */
#define CONTROL_REQUEST_MAX (64u << 10)    /* bytes of the request's line */
#define CONTROL_LINE_MAX (16u << 20)       /* bytes of one line of an answer */

enum control_failure {
	CONTROL_OK,
	CONTROL_UNREACHABLE, /* nobody listens there */
	CONTROL_FORBIDDEN,   /* this user may not */
	CONTROL_REFUSED,     /* the daemon said no: error and remedy are its words */
	CONTROL_BROKEN,      /* it answered with nonsense, too late, or not to the end */
	CONTROL_STOPPED,     /* on_item asked to stop */
};

struct control_answer {
	enum control_failure failure;
	json_t *result; /* owned; NULL unless CONTROL_OK */
	char *error;    /* owned; NULL with CONTROL_OK and CONTROL_STOPPED */
	char *remedy;   /* owned; may be NULL */
};

/* Called with each item, which it borrows; false ends the conversation. */
typedef bool control_on_item(void *context, json_t *item);

/* Asks the daemon whose socket is at `path`, and waits: at most timeout_ms for each line, 0 for ever.  on_item may be
 * NULL where items are no part of the command.  The request is borrowed.  Blocking; release the answer. */
struct control_answer control_ask(
	const char *path, const json_t *request, int timeout_ms, control_on_item *on_item, void *context);
void control_answer_release(struct control_answer *a);

#endif
