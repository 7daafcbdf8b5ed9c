/* See health.h. */
#include "proc/health.h"

bool
health_write(const struct supervisor *s, bool worker_answers, struct buffer *out)
{
	const struct {
		bool is_so;
		const char *text;
	} obstacles[] = {
		{s->is_stopping, "the daemon is ending"},
		{!s->worker_is_ready,
			s->was_ready ? "the worker has ended and is started again" : "the worker is starting"},
		{s->worker_is_ready && !worker_answers, "the worker does not answer"},
		{s->signer.pid == 0 || buffer_len(&s->issuers) == 0, "the signer is not running"},
		{s->configuration.conf->gateway.install_rules && !s->rules_stand, "the kernel rules are not installed"},
		{s->clock.state != CLOCK_GOOD, "the machine's date cannot be relied on: see sluicectl status"},
	};
	bool is_well = true;

	for (size_t i = 0; i < sizeof obstacles / sizeof obstacles[0]; i++) {
		if (!obstacles[i].is_so)
			continue;
		is_well = false;
		buffer_printf(out, "%s\n", obstacles[i].text);
	}
	if (is_well)
		buffer_append_cstr(out, "ok\n");
	return is_well;
}
