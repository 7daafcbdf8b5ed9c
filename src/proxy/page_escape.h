/* Text of strangers on its way into a page.  Whatever it holds, it stays text: no markup, no control character, no
 * character that turns the direction of what is read (Unicode UAX #9), no malformed UTF-8.  Pure; any thread. */
#ifndef SLUICE_PROXY_PAGE_ESCAPE_H
#define SLUICE_PROXY_PAGE_ESCAPE_H

#include "base/buffer.h"

/* As HTML text, and as the value of a quoted attribute.  False where the buffer is full. */
bool page_escape_html(struct buffer *out, struct slice text);
/* As the inside of a JSON string; also harmless where the document is taken for HTML. */
bool page_escape_json(struct buffer *out, struct slice text);
/* As plain text, which holds nothing that somebody could take for markup. */
bool page_escape_text(struct buffer *out, struct slice text);

#endif
