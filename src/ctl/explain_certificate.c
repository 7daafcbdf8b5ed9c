/* An origin's chain in the hands of the daemon's verifier.  See explain_certificate.h. */
#include "ctl/explain_certificate.h"

#include "conf/load.h"
#include "ctl/daemon.h"
#include "ctl/terminal.h"

#define VERIFY_TIMEOUT_MS 10000
#define CHAIN_MAX (48u << 10) /* bytes of text, so that the request keeps within its bound */

/* The file's text as a JSON string, the caller's; NULL with what was said in *status. */
static json_t *
read_chain(struct ctl *ctl, const char *path, int *status)
{
	struct conf_sources file = {0};
	json_t *text = NULL;

	*status = EX_NOINPUT;
	if (!conf_load_file(path, &file))
		ctl_fail(ctl, EX_NOINPUT, NULL, "%s cannot be read", path);
	else if (file.items[0].bytes.len > CHAIN_MAX)
		*status = ctl_fail(ctl, EX_DATAERR, "leave out what is not part of the chain", "%s is too long", path);
	else if ((text = json_stringn(file.items[0].bytes.ptr, file.items[0].bytes.len)) == NULL)
		*status = ctl_fail(
			ctl, EX_DATAERR, "give the certificates as PEM, the leaf first", "%s is no text", path);
	conf_sources_release(&file);
	return text;
}

static bool
learn(struct situation *s, const json_t *certificate)
{
	const char *issuer = json_string_value(json_object_get(certificate, "issuer"));
	struct facts *f = &s->facts;

	if (issuer == NULL ||
		!situation_set_text(s->issuer, sizeof s->issuer, slice_of(issuer), &f->certificate.issuer))
		return false;
	f->certificate.present = true;
	f->certificate.age = (int64_t)json_integer_value(json_object_get(certificate, "age"));
	f->certificate.self_signed = json_is_true(json_object_get(certificate, "self_signed"));
	f->known |= FACT_BIT(FACT_CERTIFICATE);
	return true;
}

int
explain_certificate(struct ctl *ctl, const char *path, struct situation *s, json_t **answer)
{
	const char *error;
	int status;
	json_t *chain;

	if (s->facts.transport != TRANSPORT_TLS)
		return ctl_fail_usage(ctl, "--certificate wants an https URL");
	chain = read_chain(ctl, path, &status);
	if (chain == NULL)
		return status;
	status = daemon_ask(ctl, json_pack("{s:s,s:s,s:o}", "command", "verify", "host", s->host, "chain", chain),
		VERIFY_TIMEOUT_MS, EX_UNAVAILABLE, NULL, NULL, answer);
	if (status != EX_OK)
		return status;
	error = json_string_value(json_object_get(*answer, "error"));
	if (error)
		status = ctl_fail(
			ctl, EX_DATAERR, "give the certificates as PEM, the leaf first", "%s: %s", path, error);
	else if (json_is_true(json_object_get(*answer, "accepted")) &&
		 !learn(s, json_object_get(*answer, "certificate")))
		status = ctl_fail(ctl, EX_PROTOCOL, NULL, "the daemon's answer is malformed");
	if (status != EX_OK) {
		json_decref(*answer);
		*answer = NULL;
	}
	return status;
}

void
explain_certificate_print(struct ctl *ctl, const json_t *answer)
{
	const json_t *excepted = json_object_get(answer, "excepted");
	const json_t *reason;
	size_t i;

	if (json_is_true(json_object_get(answer, "accepted"))) {
		fputs("origin: its certificate is accepted", ctl->out);
		json_array_foreach(excepted, i, reason)
			fprintf(ctl->out, "%s %s", i ? "," : ", by an exception from", json_string_value(reason));
		fputs("\n", ctl->out);
		return;
	}
	fprintf(ctl->out, "origin: refused, %s: ", json_string_value(json_object_get(answer, "reason")));
	terminal_put(ctl->out, slice_of(json_string_value(json_object_get(answer, "text"))));
	fprintf(ctl->out,
		" (certificate %d of its path)\n"
		"        Unless the flow is passed, the client gets a certificate that nobody trusts, and the "
		"origin gets no request.\n",
		(int)json_integer_value(json_object_get(answer, "depth")));
}
