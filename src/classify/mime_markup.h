/* What a text is by its markup: the document type or the first element.  For the sniffer alone.  See mime.h. */
#ifndef SLUICE_CLASSIFY_MIME_MARKUP_H
#define SLUICE_CLASSIFY_MIME_MARKUP_H

#include "classify/mime.h"

/* HTML (the WHATWG's list of elements, after comments, declarations and white space), SVG, RSS, Atom, XML;
 * MIME_EMPTY where the text starts with none. */
enum mime_type mime_markup(struct slice text);
/* True where the text starts as a JSON value does that is an object or an array. */
bool mime_looks_like_json(struct slice text);

#endif
