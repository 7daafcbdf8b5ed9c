/* A situation is the facts of one request as somebody describes it, on the command line or in a record, for the live
 * evaluator to judge.  What is not described is absent where the live proxy would find it absent, and unknown where it
 * would find out. */
#ifndef SLUICE_CTL_SITUATION_H
#define SLUICE_CTL_SITUATION_H

#include "conf/snapshot.h"
#include "http/uri.h"
#include "policy/evaluate.h"
#include "policy/user_table.h"
#include "record/entry.h"

#define SITUATION_TEXT_MAX 8192
#define SITUATION_USERS_MAX (USER_NAMES_MAX * (USER_NAME_MAX + 2))

struct situation {
	struct facts facts; /* borrows what follows */
	char host[HOST_NAME_LEN_MAX + 1];
	char url[SITUATION_TEXT_MAX];
	char path[SITUATION_TEXT_MAX]; /* in the one form in which rules are written */
	char method[64];
	char mime[256];
	char ja4[64];
	char issuer[256];
	char user_text[SITUATION_USERS_MAX];
	struct {
		bool is_there; /* the request carries a body, which is judged first, as live */
		bool size_is_known;
		uint64_t size; /* bytes */
	} upload;
	struct slice users[USER_NAMES_MAX]; /* the user, then "@GROUP"s */
	char topic[64];                     /* of the record; "" where it has none */
	unsigned topic_percent;
	char search[SITUATION_TEXT_MAX];
	char unread[32];
};

/* An empty one: nothing is known.  It must not move afterwards. */
void situation_init(struct situation *s);
/* Scheme, host, port and path of an absolute http or https URL; false where it is malformed.  The path is then there,
 * but not known until the request is. */
bool situation_set_url(struct situation *s, struct slice url);
/* "application/zip", and the class that rules know it by; false where it is too long. */
bool situation_set_type(struct situation *s, struct slice mime);
/* "anna" or "anna,@staff": the user, and groups that a file of users gives him. */
bool situation_set_user(struct situation *s, struct slice names);
bool situation_set_text(char *dst, size_t dst_size, struct slice text, struct slice *fact);

/* From a record.  `urls` says what of URLs was recorded; `asked` are the facts that the policy in force asked for: one
 * of them that the record lacks was looked for and absent.  False where the record names no client or no verdict. */
bool situation_from_record(
	struct situation *s, const struct entry *e, enum conf_record_urls urls, uint32_t asked, struct buffer *scratch);

/* Judges it as the live proxy judges an exchange: what the client sends first, then what he gets. */
void situation_evaluate(const struct policy *policy, const struct situation *s, struct verdict *verdict);

#endif
