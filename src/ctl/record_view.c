/* One record on one line.  See record_view.h. */
#include "ctl/record_view.h"

#include "ctl/terminal.h"
#include "record/text.h"

static struct slice
text_of(const struct entry *e, const char *key, struct buffer *scratch)
{
	return entry_text(entry_find(e, slice_of(key)), scratch);
}

static void
put_time(struct ctl *ctl, const struct entry *e, struct buffer *scratch)
{
	struct slice text = text_of(e, "@timestamp", scratch);
	char local[32];
	uint64_t at;

	if (text_read_time(text, &at))
		text = slice_of(terminal_time(at, local));
	terminal_put_coloured(ctl->out, ctl->colour, TERMINAL_DIM, text);
}

static void
put_action(struct ctl *ctl, const struct entry *e, struct buffer *scratch)
{
	struct slice action = text_of(e, "event.action", scratch);
	enum terminal_colour colour = slice_eq(action, SLICE("block"))  ? TERMINAL_RED
				      : slice_eq(action, SLICE("pass")) ? TERMINAL_YELLOW
									: TERMINAL_GREEN;

	terminal_put_coloured(ctl->out, ctl->colour, colour, action);
	fprintf(ctl->out, "%*s", action.len < 7 ? (int)(7 - action.len) : 0, "");
}

/* What was asked: the request, or where the flow went. */
static void
put_target(struct ctl *ctl, const struct entry *e, struct buffer *scratch)
{
	const struct entry_field *method = entry_find(e, SLICE("http.request.method"));
	struct slice name = text_of(e, "url.domain", scratch);

	if (entry_find(e, SLICE("url.full"))) {
		terminal_put(ctl->out, method ? entry_text(method, scratch) : SLICE("-"));
		fputc(' ', ctl->out);
		terminal_put(ctl->out, text_of(e, "url.full", scratch));
		return;
	}
	if (name.len == 0)
		name = text_of(e, "tls.client.server_name", scratch);
	if (name.len == 0)
		name = text_of(e, "destination.ip", scratch);
	terminal_put(ctl->out, name);
	fprintf(ctl->out, ":%llu", (unsigned long long)entry_u64(entry_find(e, SLICE("destination.port"))));
}

/* " key value" for what is there. */
static void
put_note(struct ctl *ctl, const struct entry *e, const char *key, const char *title, struct buffer *scratch)
{
	struct slice text = text_of(e, key, scratch);

	if (text.len == 0)
		return;
	fprintf(ctl->out, "  %s", title);
	terminal_put_coloured(ctl->out, ctl->colour, TERMINAL_DIM, text);
}

void
record_view_print(struct ctl *ctl, const struct entry *e, struct slice line, struct buffer *scratch)
{
	char duration[32], bytes[32];
	uint64_t status = entry_u64(entry_find(e, SLICE("http.response.status_code")));
	uint64_t size = entry_u64(entry_find(e, SLICE("http.response.body.bytes"))) +
			entry_u64(entry_find(e, SLICE("destination.bytes")));
	struct slice client;

	if (ctl->json) {
		fprintf(ctl->out, "%.*s\n", SLICE_ARG(line));
		return;
	}
	put_time(ctl, e, scratch);
	fputs("  ", ctl->out);
	client = text_of(e, "source.ip", scratch);
	terminal_put(ctl->out, client);
	fprintf(ctl->out, "%*s  ", client.len < 15 ? (int)(15 - client.len) : 0, "");
	put_action(ctl, e, scratch);
	if (status)
		fprintf(ctl->out, "  %3llu", (unsigned long long)status);
	else
		fputs("    -", ctl->out);
	fprintf(ctl->out, "  %9s  %8s  ", terminal_bytes(size, bytes),
		terminal_duration(entry_u64(entry_find(e, SLICE("event.duration"))), duration));
	put_target(ctl, e, scratch);
	put_note(ctl, e, "rule.id", "rule ", scratch);
	put_note(ctl, e, "rule.category", "", scratch);
	put_note(ctl, e, "rule.reason", "", scratch);
	put_note(ctl, e, "sluice.error", "error: ", scratch);
	fputc('\n', ctl->out);
}
