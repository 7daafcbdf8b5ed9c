/* The supervisor's part in the rotation of the issuance log (tls/issuance_files.h): it renames the file when it has
 * grown, or when it is asked to, opens the next one and hands it to the signer, which has no way to files.  Until the
 * signer says that it has it, lines go to the old file; where it cannot take it, it is handed the file again later. One
 * loop thread. */
#ifndef SLUICE_PROC_ISSUANCE_ROTATION_H
#define SLUICE_PROC_ISSUANCE_ROTATION_H

#include <stdbool.h>

#include "loop/loop.h"

struct control_request;
struct supervisor;

struct issuance_rotation {
	struct supervisor *supervisor;
	struct loop_timer look;          /* at the size of the file */
	bool is_waiting;                 /* the signer was handed a file */
	bool is_due;                     /* it has to be handed one again */
	struct control_request *request; /* who asked for the rotation; NULL: nobody, or gone */
};

/* Looks from now on. */
void issuance_rotation_init(struct issuance_rotation *i, struct supervisor *s);
/* Rotates now, for this request (may be NULL), which is answered when the signer has the next file. */
void issuance_rotation_begin(struct issuance_rotation *i, struct control_request *request);
/* The file of the name is the one to write to, whoever has renamed the old one. */
void issuance_rotation_reopen(struct issuance_rotation *i);
/* The signer has it, or could not take it. */
void issuance_rotation_taken(struct issuance_rotation *i, bool done);
/* The signer has ended: the next one opens the file of the name. */
void issuance_rotation_signer_ended(struct issuance_rotation *i);

#endif
