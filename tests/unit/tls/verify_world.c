/* The verifier's world: see verify_world.h. */
#include "verify_world.h"

struct world world;

struct hostname
world_host(const char *text)
{
	struct hostname host;

	ck_assert_msg(hostname_parse(slice_of(text), &host), "%s", text);
	return host;
}

struct trust *
world_trust(struct trust_builder *b)
{
	struct problems problems = {0};
	struct trust *t = trust_build(b, WORLD_GENERATION, &problems);

	ck_assert_ptr_nonnull(t);
	trust_builder_free(b);
	problems_release(&problems);
	return t;
}

void
world_add_anchor(struct trust_builder *b, X509 *cert, enum trust_source source)
{
	struct problems problems = {0};

	ck_assert(trust_add_anchors(b, pki_der(cert), source, "test", PKI_NOW, &problems));
	problems_release(&problems);
}

struct trust_builder *
world_builder(void)
{
	struct trust_builder *b = trust_builder_new(NULL);
	struct problems problems = {0};

	world_add_anchor(b, world.root.cert, TRUST_SYSTEM);
	world_add_anchor(b, world.private_root.cert, TRUST_ADMIN);
	ck_assert(trust_add_own_ca(b, pki_pem(world.own_ca.cert), "own", &problems));
	problems_release(&problems);
	return b;
}

void
world_set_up(void)
{
	world.root = PKI_MAKE(.cn = "Public Root", .is_ca = true);
	world.ica = PKI_MAKE(.cn = "Public ICA", .is_ca = true, .issuer = &world.root);
	world.private_root = PKI_MAKE(.cn = "Private Root", .is_ca = true);
	world.private_ica = PKI_MAKE(.cn = "Private ICA", .is_ca = true, .issuer = &world.private_root);
	world.own_ca = PKI_MAKE(.cn = "Our own CA", .is_ca = true);
	world.trust = world_trust(world_builder());
}

void
world_tear_down(void)
{
	trust_release(world.trust);
	pki_release();
}

struct verify_verdict
world_judge(const struct asked *asked)
{
	struct hostname host = world_host(asked->host ? asked->host : "www.example.org");
	struct verify_input in = {
		.trust = asked->trust ? asked->trust : world.trust,
		.leaf = asked->leaf,
		.host = &host,
		.now = PKI_NOW + asked->at,
		.staple = asked->staple,
		.options = asked->options,
	};
	struct verify_verdict v;
	size_t count = 0;

	while (asked->chain[count])
		count++;
	in.chain = pki_stack(count, asked->chain);
	verify_chain(&in, &v);
	return v;
}
