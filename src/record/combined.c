/* Apache's combined log: client - user [date] "request line" status bytes "referrer" "user agent"
 * (https://httpd.apache.org/docs/2.4/logs.html).  The request line holds the whole URL, as a proxy's does. */
#include "record/format.h"
#include "record/line.h"
#include "record/text.h"

static void
put_date(struct line *l, uint64_t seconds)
{
	static const char months[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct text_date d = text_date_from_seconds(seconds);

	line_put(l, SLICE("["));
	line_put_digits(l, d.day, 2);
	line_put(l, SLICE("/"));
	line_put(l, slice_of(months[d.month - 1]));
	line_put(l, SLICE("/"));
	line_put_digits(l, (uint64_t)d.year, 4);
	line_put(l, SLICE(":"));
	line_put_digits(l, d.hour, 2);
	line_put(l, SLICE(":"));
	line_put_digits(l, d.minute, 2);
	line_put(l, SLICE(":"));
	line_put_digits(l, d.second, 2);
	line_put(l, SLICE(" +0000]"));
}

static void
put_url(struct line *l, struct slice url, enum record_urls keep)
{
	struct record_url kept = record_url_redact(url, keep);

	line_put_quoted(l, kept.first, RECORD_URL_MAX);
	line_put_quoted(l, kept.second, RECORD_URL_MAX);
}

static void
put_request(struct line *l, const struct record *r, enum record_urls keep)
{
	line_put_quoted(l, r->method.len ? r->method : SLICE("CONNECT"), RECORD_TEXT_MAX);
	line_put(l, SLICE(" "));
	if (r->url.len) {
		put_url(l, r->url, keep);
	} else {
		if (r->domain.len)
			line_put_quoted(l, r->domain, RECORD_TEXT_MAX);
		else
			line_put_addr(l, &r->origin.addr);
		line_put(l, SLICE(":"));
		line_put_u64(l, r->origin.port);
	}
	if (r->http_version.len == 0)
		return;
	line_put(l, SLICE(" HTTP/"));
	line_put_quoted(l, r->http_version, RECORD_TEXT_MAX);
	if (slice_find(r->http_version, '.') == r->http_version.len)
		line_put(l, SLICE(".0"));
}

bool
combined_render(const struct record *r, enum record_urls keep, struct buffer *out)
{
	struct line l = line_begin(out);

	line_put_addr(&l, &r->client.addr);
	line_put(&l, SLICE(" - "));
	line_put_percent(&l, r->user, RECORD_TEXT_MAX);
	line_put(&l, SLICE(" "));
	put_date(&l, r->started_ns / 1000000000u);
	line_put(&l, SLICE(" \""));
	put_request(&l, r, keep);
	line_put(&l, SLICE("\" "));
	if (r->status)
		line_put_u64(&l, r->status);
	else
		line_put(&l, SLICE("-"));
	line_put(&l, SLICE(" "));
	line_put_u64(&l, r->kind == RECORD_FLOW ? r->origin_bytes : r->response_body_bytes);
	line_put(&l, SLICE(" \""));
	if (r->referrer.len)
		put_url(&l, r->referrer, keep);
	else
		line_put(&l, SLICE("-"));
	line_put(&l, SLICE("\" \""));
	line_put_quoted(&l, r->user_agent.len ? r->user_agent : SLICE("-"), RECORD_TEXT_MAX);
	line_put(&l, SLICE("\""));
	return line_end(&l);
}
