/* Decoding.  See form_text.h. */
#include "classify/form_text.h"

void
form_text_start(struct form_text *f)
{
	f->held_len = 0;
}

/* A byte while "%" or "%4" is held. */
static void
take_held(struct form_text *f, char c, struct text_writer *w)
{
	int low = ascii_hex_value(c);

	if (low >= 0 && f->held_len == 1) {
		f->held[f->held_len++] = c;
		return;
	}
	if (low >= 0) {
		text_put_byte(w, (char)(ascii_hex_value(f->held[1]) << 4 | low));
		f->held_len = 0;
		return;
	}
	text_put(w, slice_make(f->held, f->held_len));
	f->held_len = 0;
	if (c == '%')
		f->held[f->held_len++] = c;
	else
		text_put_byte(w, c == '+' || c == '&' || c == '=' ? ' ' : c);
}

bool
form_text_push(struct form_text *f, struct slice bytes, text_sink sink, void *context)
{
	struct text_writer w;

	text_writer_start(&w, sink, context);
	for (size_t i = 0; i < bytes.len && !w.has_stopped; i++) {
		char c = bytes.ptr[i];

		if (f->held_len)
			take_held(f, c, &w);
		else if (c == '%')
			f->held[f->held_len++] = c;
		else
			text_put_byte(&w, c == '+' || c == '&' || c == '=' ? ' ' : c);
	}
	text_flush(&w);
	return !w.has_stopped;
}

bool
form_text_finish(struct form_text *f, text_sink sink, void *context)
{
	struct slice held = slice_make(f->held, f->held_len);

	f->held_len = 0;
	return held.len == 0 || sink(context, held);
}
