/* Shapes of names as facts.  See suspicion.h. */
#include "proxy/suspicion.h"

void
suspicion_facts(const struct generation *g, struct facts *facts, char text[SUSPICION_TEXT_MAX])
{
	struct name_shape shape;

	facts->suspicions = 0;
	facts->suspicion = SLICE_EMPTY;
	if (!(g->policy->facts & FACT_BIT(FACT_SHAPE)) || facts->site.len == 0)
		return;
	shape = name_shape_of_site(facts->site, g->conf->content.protect.items, g->conf->content.protect.count);
	facts->suspicions = (uint32_t)(shape.generated >= NAME_GENERATED) << SUSPICION_GENERATED |
			    (uint32_t)(shape.likeness != NAME_UNLIKE) << SUSPICION_LOOKALIKE;
	facts->suspicion = slice_of(name_shape_describe(&shape, text));
}
