/* What the shape of a site's name suggests, as a fact: made up by a program, or like a protected name.  Looked at only
 * where a rule asks. */
#ifndef SLUICE_PROXY_SUSPICION_H
#define SLUICE_PROXY_SUSPICION_H

#include "classify/name_shape.h"
#include "policy/facts.h"
#include "proxy/generation.h"

#define SUSPICION_TEXT_MAX NAME_SHAPE_TEXT_MAX

/* Suspicions of facts->site into facts; the words for them into text, which facts borrow. */
void suspicion_facts(const struct generation *g, struct facts *facts, char text[SUSPICION_TEXT_MAX]);

#endif
