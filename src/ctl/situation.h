/* A situation is the facts of one request as somebody describes it, on the command line or in a record, for the live
 * evaluator to judge.  What is not described is absent where the live proxy would find it absent, and unknown where it
 * would find out. */
#ifndef SLUICE_CTL_SITUATION_H
#define SLUICE_CTL_SITUATION_H

#include "conf/snapshot.h"
#include "http/uri.h"
#include "policy/facts.h"
#include "policy/user_table.h"
#include "record/entry.h"

#define SITUATION_TEXT_MAX 8192
#define SITUATION_TYPES_MAX 17 /* the parts of one body */
#define SITUATION_TOPICS_MAX 16
/* What a body says. */
#define SITUATION_BODY_FACTS                                                                         \
	(FACT_BIT(FACT_SIZE) | FACT_BIT(FACT_TYPE) | FACT_BIT(FACT_PHRASES) | FACT_BIT(FACT_TOPIC) | \
		FACT_BIT(FACT_UNREAD))
#define SITUATION_USERS_MAX (USER_NAMES_MAX * (USER_NAME_MAX + 2))

/* What is told of one body. */
struct situation_body {
	uint32_t known; /* FACT_BIT()s of what follows */
	uint64_t size;  /* bytes; until known, how many there are at least */
	size_t type_count;
	struct slice types[SITUATION_TYPES_MAX]; /* of its parts */
	uint64_t type_classes;
	int32_t phrases; /* score; until known, what it is at least */
	size_t topic_count;
	struct situation_topic {
		char name[64];
		unsigned percent;
	} topics[SITUATION_TOPICS_MAX];
	char unread[32];
	char text[1024]; /* of which types are */
	size_t text_len;
};

struct situation {
	struct facts facts; /* but for the bodies; borrows what follows */
	char host[HOST_NAME_LEN_MAX + 1];
	char url[SITUATION_TEXT_MAX];
	char path[SITUATION_TEXT_MAX]; /* in the one form in which rules are written */
	char method[64];
	char ja4[64];
	char issuer[256];
	char user_text[SITUATION_USERS_MAX];
	struct slice users[USER_NAMES_MAX]; /* the user, then "@GROUP"s */
	char search[SITUATION_TEXT_MAX];
	bool has_upload;          /* the request carries a body, which is judged first, as live */
	bool upload_is_announced; /* its head says how large it is */
	struct situation_body upload;
	struct situation_body download;
};

/* An empty one: nothing is known.  It must not move afterwards. */
void situation_init(struct situation *s);
/* Scheme, host, port and path of an absolute http or https URL; false where it is malformed.  The path is then there,
 * but not known until the request is. */
bool situation_set_url(struct situation *s, struct slice url);
/* One more "application/zip", and the class that rules know it by; false where it is too much. */
bool situation_add_type(struct situation_body *body, struct slice mime);
/* One more "sports=80"; 100 per cent without.  False where it is no such thing, or too much. */
bool situation_add_topic(struct situation_body *body, struct slice topic);
/* "anna" or "anna,@staff": the user, and groups that a file of users gives him. */
bool situation_set_user(struct situation *s, struct slice names);
bool situation_set_text(char *dst, size_t dst_size, struct slice text, struct slice *fact);

/* How the records were written. */
struct situation_recording {
	enum conf_record_urls urls; /* what of URLs was kept */
	/* FACT_BIT()s that the policy in force asked for: what the record lacks of them was looked for in vain. */
	uint32_t asked;
	uint32_t asked_of_uploads;
	struct buffer *scratch;
};

/* From a record.  False where the record names no client, or nothing that policy was asked about. */
bool situation_from_record(struct situation *s, const struct entry *e, const struct situation_recording *of);

#endif
