/* A situation as one JSON object, for whoever asks about many: the keys are called as the options of `sluicectl
 * explain` are, and a few say what no option does. */
#ifndef SLUICE_CTL_SITUATION_JSON_H
#define SLUICE_CTL_SITUATION_JSON_H

#include "ctl/situation.h"

#include <jansson.h>

struct situation_request {
	struct situation situation;
	bool names_user;   /* else the files of users are asked */
	const char *wrong; /* why it was refused */
	char text[128];    /* of which wrong may be */
};

/* Reads the object; the situation borrows its headers.  `now` (ns since 1970) is the time where it names none.  False
 * with r->wrong.  r must not move afterwards. */
bool situation_from_json(struct situation_request *r, const json_t *object, uint64_t now);

#endif
