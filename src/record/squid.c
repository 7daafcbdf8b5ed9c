/* Squid's native access.log, so that calamaris, SARG and their like read ours:
 * time elapsed client code/status bytes method URL user hierarchy/peer type
 * (https://wiki.squid-cache.org/Features/LogFormat).  Nothing is cached, so the codes are TCP_MISS, TCP_TUNNEL and
 * TCP_DENIED. */
#include "record/format.h"
#include "record/line.h"

static const char *
result_code(const struct record *r)
{
	if (r->action == RECORD_BLOCK)
		return "TCP_DENIED/";
	return r->kind == RECORD_FLOW ? "TCP_TUNNEL/" : "TCP_MISS/";
}

/* A tunnel shows as Squid's CONNECT does: host:port, by name where one is known. */
static void
put_target(struct line *l, const struct record *r, enum record_urls keep)
{
	struct record_url url = record_url_redact(r->url, keep);

	if (r->url.len) {
		if (url.first.len)
			line_put_percent(l, url.first, RECORD_URL_MAX);
		if (url.second.len)
			line_put_percent(l, url.second, RECORD_URL_MAX);
		return;
	}
	if (r->domain.len)
		line_put_percent(l, r->domain, RECORD_TEXT_MAX);
	else
		line_put_addr(l, &r->origin.addr);
	line_put(l, SLICE(":"));
	line_put_u64(l, r->origin.port);
}

bool
squid_render(const struct record *r, enum record_urls keep, struct buffer *out)
{
	uint64_t ended_ms = (r->started_ns + r->duration_ns) / 1000000;
	struct line l = line_begin(out);

	line_put_u64(&l, ended_ms / 1000);
	line_put(&l, SLICE("."));
	line_put_digits(&l, ended_ms % 1000, 3);
	line_put(&l, SLICE(" "));
	for (uint64_t width = 100000; width > 1 && r->duration_ns / 1000000 < width; width /= 10)
		line_put(&l, SLICE(" "));
	line_put_u64(&l, r->duration_ns / 1000000);
	line_put(&l, SLICE(" "));
	line_put_addr(&l, &r->client.addr);
	line_put(&l, SLICE(" "));
	line_put(&l, slice_of(result_code(r)));
	line_put_digits(&l, r->status, 3);
	line_put(&l, SLICE(" "));
	line_put_u64(&l, r->kind == RECORD_FLOW ? r->origin_bytes : r->response_body_bytes);
	line_put(&l, SLICE(" "));
	line_put_percent(&l, r->method.len ? r->method : SLICE("CONNECT"), RECORD_TEXT_MAX);
	line_put(&l, SLICE(" "));
	put_target(&l, r, keep);
	line_put(&l, SLICE(" "));
	line_put_percent(&l, r->user, RECORD_TEXT_MAX);
	if (r->action == RECORD_BLOCK) {
		line_put(&l, SLICE(" HIER_NONE/- "));
	} else {
		line_put(&l, SLICE(" ORIGINAL_DST/"));
		line_put_addr(&l, &r->origin.addr);
		line_put(&l, SLICE(" "));
	}
	line_put_percent(&l, r->mime_type, RECORD_TEXT_MAX);
	return line_end(&l);
}
