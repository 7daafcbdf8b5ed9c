/* What a record costs the thread that makes it: rendering in each format, and queueing, with the writer running.
 * Prints nanoseconds a record and bytes a line. */
#include "base/clock.h"
#include "base/diag.h"
#include "record/recorder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 1000000u

static struct record
typical(void)
{
	struct record r = {
		.kind = RECORD_EXCHANGE,
		.action = RECORD_INSPECT,
		.started_ns = clock_realtime_ns(),
		.duration_ns = 23456789,
		.protocol = SLICE("tls"),
		.url = SLICE(
			"https://www.example.org/assets/application-5f3a1c.js?v=20261121&session=0123456789abcdef"),
		.domain = SLICE("www.example.org"),
		.method = SLICE("GET"),
		.http_version = SLICE("2"),
		.status = 200,
		.response_body_bytes = 48213,
		.mime_type = SLICE("application/javascript"),
		.referrer = SLICE("https://www.example.org/index.html"),
		.user_agent = SLICE("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
				    "Chrome/140.0.0.0 Safari/537.36"),
		.tls_version = SLICE("1.3"),
		.tls_cipher = SLICE("TLS_AES_128_GCM_SHA256"),
		.server_name = SLICE("www.example.org"),
		.ja4 = SLICE("t13d1516h2_8daaf6152771_d8a2da3f94cd"),
		.next_protocol = SLICE("h2"),
		.rule_id = SLICE("policy:12"),
		.group = SLICE("everyone"),
		.rule_verb = SLICE("inspect"),
		.session = 123456,
		.exchange = 17,
		.verify = SLICE("ok"),
		.wait_ns = 12345678,
		.origin_reused = true,
	};

	endpoint_parse(SLICE("10.1.2.3:51234"), &r.client);
	endpoint_parse(SLICE("203.0.113.17:443"), &r.origin);
	return r;
}

static void
bench_format(const struct record_format *format, const struct record *r)
{
	struct buffer b = buffer_make(RECORD_LINE_MAX);
	uint64_t start = clock_monotonic_ns();

	for (unsigned i = 0; i < ROUNDS; i++) {
		buffer_clear(&b);
		format->render(r, RECORD_URLS_FULL, &b);
	}
	printf("render %-10s %6.0f ns a record, %zu bytes\n", format->name,
		(double)(clock_monotonic_ns() - start) / ROUNDS, buffer_len(&b));
	buffer_release(&b);
}

/* At a rate that the writer can follow, as a loop thread would make them. */
static void
bench_recorder(const struct record *r)
{
	struct writer_output output = {"/dev/null", open("/dev/null", O_WRONLY), record_format_find(SLICE("ecs"))};
	struct writer *w = writer_create(&output, 1, 1, &(struct writer_options){0});
	struct recorder recorder;
	uint64_t spent = 0;

	if (w == NULL || !writer_start(w))
		exit(EXIT_FAILURE);
	recorder_init(&recorder, w, 0, RECORD_URLS_FULL);
	for (unsigned i = 0; i < ROUNDS / 100; i++) {
		uint64_t start = clock_monotonic_ns();

		for (unsigned k = 0; k < 100; k++)
			recorder_write(&recorder, r);
		spent += clock_monotonic_ns() - start;
		usleep(100);
	}
	printf("recorder and queue %5.0f ns a record, %llu lost\n", (double)spent / ROUNDS,
		(unsigned long long)recorder.lost);
	recorder_release(&recorder);
	writer_stop(w);
}

int
main(void)
{
	struct record r = typical();

	for (size_t i = 0; i < record_format_count; i++)
		bench_format(&record_formats[i], &r);
	bench_recorder(&r);
	return EXIT_SUCCESS;
}
