/* What every restartable parser answers.  Incomplete input is not an error. */
#ifndef SLUICE_BASE_PARSE_H
#define SLUICE_BASE_PARSE_H

enum parse {
	PARSE_DONE, /* a whole unit was read */
	PARSE_MORE, /* so far well-formed; call again when more bytes are there */
	PARSE_BAD,  /* can never become well-formed */
};

#endif
