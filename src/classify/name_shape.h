/* What a name's shape suggests: that a program made it up (as malware's rendezvous names are), or that it is meant to
 * be taken for another (IDN characters that look alike, a letter changed, the name with something joined to it).
 * Suspicion only: at a gateway's volume one false alarm in a hundred names is too many to block by.  It raises what is
 * looked at and recorded.  Pure; any thread; names are labels in lower-case ASCII (A-labels for IDN), without dots. */
#ifndef SLUICE_CLASSIFY_NAME_SHAPE_H
#define SLUICE_CLASSIFY_NAME_SHAPE_H

#include "base/slice.h"

#define NAME_LABEL_MAX 63

/* 0 (like a word) to 100 (like noise): letter pairs that names of people's making rarely have, runs of consonants,
 * digits between letters, length.  Labels below 7 letters and digits say nothing: 0. */
unsigned name_shape_generated(struct slice label);

enum name_likeness {
	NAME_UNLIKE,
	NAME_SAME,      /* the protected name itself */
	NAME_LOOKALIKE, /* other characters, the same look: "xn--pypal-4ve", "paypa1", "rnybank" */
	NAME_NEAR,      /* one letter changed, missing, added or swapped: "payapl" */
	NAME_JOINED,    /* the name and more: "paypal-login" */
};

/* How a label stands to a protected one (the label of a registrable domain: "paypal").  Names below 4 letters are only
 * NAME_SAME or NAME_LOOKALIKE, below 6 never NAME_NEAR: too many innocent names are. */
enum name_likeness name_shape_compare(struct slice label, struct slice protected_label);
/* "look-alike": for records. */
const char *name_likeness_name(enum name_likeness likeness);

/* What the name of a site suggests. */
struct name_shape {
	unsigned generated;          /* of its labels, the most: name_shape_generated() */
	enum name_likeness likeness; /* NAME_UNLIKE where it looks like none, or is one of them */
	struct slice protected_name; /* the one that it looks like; borrowed */
};

/* From which score on a name counts as generated. */
#define NAME_GENERATED 60

/* Looks at the label in front of the public suffix ("paypal" of www.paypal.co.uk), and for generated names at the
 * labels before it, too.  protected_names are names of sites; a site of such a name, or below it, is like none of them.
 */
struct name_shape name_shape_of_site(struct slice site, const char *const *protected_names, size_t count);

/* "generated (87 of 100), lookalike of bank.example (near)"; "" where nothing is suspicious.  Returns dst. */
#define NAME_SHAPE_TEXT_MAX 160
const char *name_shape_describe(const struct name_shape *shape, char dst[NAME_SHAPE_TEXT_MAX]);

/* The code points of an A-label ("xn--..."), or of an ASCII label.  False where it is no valid punycode (RFC 3492) or
 * has more than room. */
bool name_shape_decode(struct slice label, uint32_t *codes, size_t room, size_t *count);

#endif
