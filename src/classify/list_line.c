/* Lines of lists.  See list_line.h. */
#include "classify/list_line.h"

#include "classify/list_name.h"

#define GUESS_LINES 200

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts the next word off; empty at the end. */
static struct slice
take_word(struct slice *rest)
{
	struct slice word;
	size_t from = 0, to;

	while (from < rest->len && is_space(rest->ptr[from]))
		from++;
	for (to = from; to < rest->len && !is_space(rest->ptr[to]);)
		to++;
	word = slice_sub(*rest, from, to);
	*rest = slice_sub(*rest, to, rest->len);
	return word;
}

/* ---- names ---- */

static void
read_name(struct slice name, bool allows_single, struct list_item *item)
{
	switch (list_name_normalise(name, item->storage, &item->host)) {
	case LIST_NAME_HOST:
		item->class = LIST_HOST;
		break;
	case LIST_NAME_SINGLE_LABEL:
		item->class = allows_single ? LIST_HOST : LIST_SINGLE_LABEL;
		break;
	case LIST_NAME_ADDRESS:
		item->class = LIST_ADDRESS;
		break;
	default:
		item->class = slice_find(name, '*') < name.len ? LIST_EXPRESSION : LIST_BAD;
	}
}

/* Without ":8080". */
static struct slice
without_port(struct slice authority)
{
	size_t at = authority.len;

	while (at && ascii_is_digit(authority.ptr[at - 1]))
		at--;
	if (at && at < authority.len && authority.ptr[at - 1] == ':' && slice_find(authority, ':') == at - 1)
		return slice_sub(authority, 0, at - 1);
	if (at > 1 && authority.ptr[at - 1] == ':' && authority.ptr[at - 2] == ']')
		return slice_sub(authority, 0, at - 1);
	return authority;
}

/* A name, an address, or an URL with or without its scheme. */
static void
read_name_or_url(struct slice text, struct list_item *item)
{
	size_t scheme = slice_find_slice(text, SLICE("://")), slash;
	bool has_scheme = scheme < text.len;
	uint64_t bits;

	if (has_scheme)
		text = slice_sub(text, scheme + 3, text.len);
	slash = slice_find(text, '/');
	read_name(without_port(slice_sub(text, 0, slash)), false, item);
	if (slash + 1 >= text.len)
		return;
	if (item->class == LIST_ADDRESS && !has_scheme && slice_to_u64(slice_sub(text, slash + 1, text.len), &bits) &&
		bits <= (slice_find(item->host, ':') < item->host.len ? 128 : 32)) {
		item->class = LIST_NETWORK;
		return;
	}
	if (item->class == LIST_HOST || item->class == LIST_ADDRESS) {
		item->class = LIST_URL;
		item->path = slice_sub(text, slash, text.len);
	}
}

/* ---- formats: each reads the next item off *rest; false at the end ---- */

typedef bool read_item(struct slice *rest, bool is_first, struct list_item *item);

static bool
next_plain(struct slice *rest, bool is_first, struct list_item *item)
{
	struct slice word;

	if (!is_first)
		return false;
	word = take_word(rest);
	if (word.len == 0 || word.ptr[0] == '#' || word.ptr[0] == ';') {
		item->class = LIST_NOTHING;
		return true;
	}
	if (word.ptr[0] == '.')
		word = slice_sub(word, 1, word.len);
	read_name_or_url(word, item);
	word = take_word(rest);
	if (word.len && word.ptr[0] != '#')
		item->class = LIST_BAD;
	return true;
}

static bool
next_wildcard(struct slice *rest, bool is_first, struct list_item *item)
{
	struct slice word;

	if (!is_first)
		return false;
	word = take_word(rest);
	if (word.len == 0 || word.ptr[0] == '#') {
		item->class = LIST_NOTHING;
		return true;
	}
	if (slice_starts_with(word, SLICE("*.")))
		word = slice_sub(word, 2, word.len);
	else if (word.ptr[0] == '.')
		word = slice_sub(word, 1, word.len);
	read_name(word, true, item);
	return true;
}

static bool
next_hosts(struct slice *rest, bool is_first, struct list_item *item)
{
	struct slice word = take_word(rest);

	if (word.len == 0 || word.ptr[0] == '#') {
		*rest = SLICE_EMPTY;
		item->class = LIST_NOTHING;
		return is_first;
	}
	if (is_first) {
		read_name(word, false, item);
		if (item->class != LIST_ADDRESS) {
			item->class = LIST_BAD;
			*rest = SLICE_EMPTY;
			return true;
		}
		word = take_word(rest);
		if (word.len == 0 || word.ptr[0] == '#') {
			item->class = LIST_BAD;
			*rest = SLICE_EMPTY;
			return true;
		}
	}
	read_name(word, false, item);
	if (item->class == LIST_ADDRESS) /* "0.0.0.0 0.0.0.0", as many lists begin */
		item->class = LIST_NOTHING;
	return true;
}

static bool
is_refusal_address(struct slice text)
{
	static const char *const refusals[] = {"", "#", "0.0.0.0", "127.0.0.1", "::", "::1"};

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
		if (slice_eq(text, slice_of(refusals[i])))
			return true;
	return false;
}

static bool
next_dnsmasq(struct slice *rest, bool is_first, struct list_item *item)
{
	struct slice text = slice_trim(*rest), key, name;
	size_t last;

	if (is_first) {
		item->class = LIST_NOTHING;
		*rest = SLICE_EMPTY;
		if (text.len == 0 || text.ptr[0] == '#')
			return true;
		item->class = LIST_BAD;
		if (!slice_split(&text, '=', &key) || text.len < 3 || text.ptr[0] != '/')
			return true;
		if (!slice_eq(key, SLICE("address")) && !slice_eq(key, SLICE("local")) &&
			!slice_eq(key, SLICE("server")))
			return true;
		for (last = text.len; text.ptr[last - 1] != '/';)
			last--;
		if (!is_refusal_address(slice_sub(text, last, text.len))) {
			item->class = LIST_REWRITE;
			return true;
		}
		text = slice_sub(text, 1, last); /* "a/b/" */
	}
	name = slice_sub(text, 0, slice_find(text, '/'));
	*rest = slice_sub(text, name.len + 1, text.len);
	if (name.len == 0)
		return is_first;
	read_name(name, true, item);
	return true;
}

/* Options after which a rule still stands for the host whoever asks for it. */
static bool
adblock_options_are_whole(struct slice options)
{
	static const char *const whole[] = {"all", "document", "doc", "important"};
	struct slice option;

	while (slice_split(&options, ',', &option)) {
		bool found = false;

		for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
			found = found || slice_eq(option, slice_of(whole[i]));
		if (!found)
			return false;
	}
	return true;
}

static enum list_class
adblock_class(struct slice rule)
{
	static const struct {
		const char *mark;
		enum list_class class;
	} inside[] = {{"##", LIST_COSMETIC}, {"#@#", LIST_COSMETIC}, {"#?#", LIST_COSMETIC}, {"#$#", LIST_COSMETIC},
		{"#%#", LIST_COSMETIC}, {"$$", LIST_COSMETIC}};

	for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++)
		if (slice_find_slice(rule, slice_of(inside[i].mark)) < rule.len)
			return inside[i].class;
	if (slice_starts_with(rule, SLICE("@@")))
		return LIST_EXCEPTION;
	if (rule.len > 1 && rule.ptr[0] == '/' && rule.ptr[rule.len - 1] == '/')
		return LIST_EXPRESSION;
	return LIST_PATTERN;
}

static bool
next_adblock(struct slice *rest, bool is_first, struct list_item *item)
{
	struct slice rule = slice_trim(*rest), name, options;
	size_t end;

	if (!is_first)
		return false;
	*rest = SLICE_EMPTY;
	item->class = LIST_NOTHING;
	if (rule.len == 0 || rule.ptr[0] == '!' || rule.ptr[0] == '[')
		return true;
	item->class = adblock_class(rule);
	if (item->class != LIST_PATTERN || !slice_starts_with(rule, SLICE("||")))
		return true;
	rule = slice_sub(rule, 2, rule.len);
	end = slice_find(rule, '^');
	name = slice_sub(rule, 0, end);
	options = slice_sub(rule, end + 1, rule.len);
	if (end == rule.len || (options.len && options.ptr[0] != '$'))
		return true; /* more than a name follows: a pattern */
	if (options.len && !adblock_options_are_whole(slice_sub(options, 1, options.len))) {
		item->class = LIST_OPTIONS;
		return true;
	}
	if (slice_starts_with(name, SLICE("*.")))
		name = slice_sub(name, 2, name.len);
	if (slice_find(name, '/') < name.len)
		return true;
	read_name(name, true, item);
	return true;
}

/* The actions of a response policy zone are told by what the CNAME points to. */
static enum list_class
rpz_class(struct slice target)
{
	if (slice_eq(target, SLICE(".")) || slice_eq(target, SLICE("*.")) ||
		slice_eq_nocase(target, SLICE("rpz-drop.")))
		return LIST_HOST;
	return slice_eq_nocase(target, SLICE("rpz-passthru.")) ? LIST_EXCEPTION : LIST_REWRITE;
}

static bool
next_rpz(struct slice *rest, bool is_first, struct list_item *item)
{
	static const char *const headings[] = {"SOA", "NS", "A", "AAAA", "TXT"};
	struct slice owner, word;
	uint64_t ttl;

	if (!is_first)
		return false;
	item->class = LIST_NOTHING;
	if (rest->len == 0 || is_space(rest->ptr[0]) || rest->ptr[0] == ';' || rest->ptr[0] == '$' ||
		rest->ptr[0] == '@')
		return true;
	owner = take_word(rest);
	do
		word = take_word(rest);
	while (slice_to_u64(word, &ttl) || slice_eq_nocase(word, SLICE("IN")));
	item->class = LIST_BAD;
	if (!slice_eq_nocase(word, SLICE("CNAME"))) {
		for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
			if (slice_eq_nocase(word, slice_of(headings[i])))
				item->class = LIST_REWRITE;
		return true;
	}
	item->class = rpz_class(take_word(rest));
	if (item->class != LIST_HOST)
		return true;
	if (slice_find_slice(owner, SLICE(".rpz-")) < owner.len) {
		item->class = LIST_NETWORK;
		return true;
	}
	if (slice_starts_with(owner, SLICE("*.")))
		owner = slice_sub(owner, 2, owner.len);
	read_name(owner, true, item);
	return true;
}

/* ---- the table ---- */

static const struct {
	const char *name;
	read_item *next;
} formats[] = {
	[CONF_LIST_AUTO] = {"auto", next_plain},
	[CONF_LIST_SQUIDGUARD] = {"squidguard", next_plain},
	[CONF_LIST_HOSTS] = {"hosts", next_hosts},
	[CONF_LIST_PLAIN] = {"plain", next_plain},
	[CONF_LIST_WILDCARD] = {"wildcard", next_wildcard},
	[CONF_LIST_DNSMASQ] = {"dnsmasq", next_dnsmasq},
	[CONF_LIST_ADBLOCK] = {"adblock", next_adblock},
	[CONF_LIST_RPZ] = {"rpz", next_rpz},
};

static const char *const class_names[LIST_CLASSES] = {
	[LIST_HOST] = "name",
	[LIST_ADDRESS] = "address",
	[LIST_URL] = "URL",
	[LIST_NOTHING] = "comment",
	[LIST_BAD] = "no entry of this format",
	[LIST_SINGLE_LABEL] = "name of one label",
	[LIST_EXPRESSION] = "regular expression",
	[LIST_COSMETIC] = "cosmetic rule",
	[LIST_EXCEPTION] = "exception",
	[LIST_OPTIONS] = "rule with options",
	[LIST_PATTERN] = "pattern of URLs",
	[LIST_NETWORK] = "network",
	[LIST_REWRITE] = "other answer",
};

struct list_line
list_line_begin(enum conf_list_format format, struct slice line)
{
	while (line.len && is_space(line.ptr[line.len - 1]))
		line.len--;
	return (struct list_line){format, line, true};
}

bool
list_line_next(struct list_line *l, struct list_item *item)
{
	bool is_first = l->is_first;

	l->is_first = false;
	item->host = item->path = SLICE_EMPTY;
	if (!is_first && l->rest.len == 0)
		return false;
	return formats[l->format].next(&l->rest, is_first, item);
}

const char *
list_format_name(enum conf_list_format format)
{
	return formats[format].name;
}

const char *list_class_name(enum list_class class)
{
	return class_names[class];
}

/* ---- guessing ---- */

static enum conf_list_format
guess_line(struct slice line)
{
	struct slice rest = line, first = take_word(&rest);
	struct list_item item;

	if (slice_starts_with(line, SLICE("||")) || slice_starts_with(line, SLICE("@@")) ||
		slice_starts_with(line, SLICE("[Adblock")) || slice_starts_with(line, SLICE("! ")) ||
		slice_find_slice(line, SLICE("##")) < line.len)
		return CONF_LIST_ADBLOCK;
	if (slice_starts_with(line, SLICE("address=/")) || slice_starts_with(line, SLICE("local=/")) ||
		slice_starts_with(line, SLICE("server=/")))
		return CONF_LIST_DNSMASQ;
	if (slice_starts_with(line, SLICE("$TTL")) || slice_find_slice(rest, SLICE("CNAME")) < rest.len)
		return CONF_LIST_RPZ;
	if (slice_starts_with(line, SLICE("*.")))
		return CONF_LIST_WILDCARD;
	read_name(first, false, &item);
	if (item.class == LIST_ADDRESS && slice_trim(rest).len)
		return CONF_LIST_HOSTS;
	return CONF_LIST_PLAIN;
}

enum conf_list_format
list_format_guess(struct slice text)
{
	unsigned votes[sizeof formats / sizeof formats[0]] = {0};
	enum conf_list_format best = CONF_LIST_PLAIN;
	struct slice line;

	for (unsigned i = 0; i < GUESS_LINES && slice_split(&text, '\n', &line); i++) {
		line = slice_trim(line);
		/* No other format has such lines; and such lists begin with patterns that look like nothing. */
		if (slice_starts_with(line, SLICE("[Adblock")) || slice_starts_with(line, SLICE("! ")))
			return CONF_LIST_ADBLOCK;
		if (line.len && line.ptr[0] != '#')
			votes[guess_line(line)]++;
	}
	for (unsigned i = 0; i < sizeof votes / sizeof votes[0]; i++)
		if (votes[i] > votes[best])
			best = (enum conf_list_format)i;
	return best;
}
