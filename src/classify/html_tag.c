/* Elements.  See html_tag.h. */
#include "classify/html_tag.h"

/* Sorted by name. */
static const struct html_tag tags[] = {
	{"a", HTML_NORMAL, HTML_LINK},
	{"address", HTML_NORMAL, HTML_BREAKS},
	{"area", HTML_NORMAL, HTML_BREAKS | HTML_LINK},
	{"article", HTML_NORMAL, HTML_BREAKS},
	{"aside", HTML_NORMAL, HTML_BREAKS},
	{"audio", HTML_NORMAL, HTML_BREAKS},
	{"b", HTML_NORMAL, HTML_BREAKOUT},
	{"big", HTML_NORMAL, HTML_BREAKOUT},
	{"blockquote", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"body", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"br", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"button", HTML_NORMAL, HTML_BREAKS},
	{"canvas", HTML_NORMAL, HTML_BREAKS},
	{"caption", HTML_NORMAL, HTML_BREAKS},
	{"center", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"code", HTML_NORMAL, HTML_BREAKOUT},
	{"dd", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"details", HTML_NORMAL, HTML_BREAKS},
	{"dialog", HTML_NORMAL, HTML_BREAKS},
	{"div", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"dl", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"dt", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"em", HTML_NORMAL, HTML_BREAKOUT},
	{"embed", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"fieldset", HTML_NORMAL, HTML_BREAKS},
	{"figcaption", HTML_NORMAL, HTML_BREAKS},
	{"figure", HTML_NORMAL, HTML_BREAKS},
	{"font", HTML_NORMAL, HTML_BREAKOUT},
	{"footer", HTML_NORMAL, HTML_BREAKS},
	{"foreignobject", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"form", HTML_NORMAL, HTML_BREAKS},
	{"h1", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"h2", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"h3", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"h4", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"h5", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"h6", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"head", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"header", HTML_NORMAL, HTML_BREAKS},
	{"hr", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"html", HTML_NORMAL, HTML_BREAKS},
	{"i", HTML_NORMAL, HTML_BREAKOUT},
	{"iframe", HTML_SKIPPED, HTML_BREAKS},
	{"image", HTML_NORMAL, HTML_BREAKS | HTML_IMAGE},
	{"img", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT | HTML_IMAGE},
	{"input", HTML_NORMAL, HTML_BREAKS},
	{"legend", HTML_NORMAL, HTML_BREAKS},
	{"li", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"link", HTML_NORMAL, HTML_BREAKS},
	{"listing", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"main", HTML_NORMAL, HTML_BREAKS},
	{"math", HTML_NORMAL, HTML_BREAKS | HTML_FOREIGN},
	{"menu", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"meta", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT | HTML_META},
	{"nav", HTML_NORMAL, HTML_BREAKS},
	{"nobr", HTML_NORMAL, HTML_BREAKOUT},
	{"noembed", HTML_SKIPPED, HTML_BREAKS},
	{"noframes", HTML_SKIPPED, HTML_BREAKS},
	{"noscript", HTML_SKIPPED, HTML_BREAKS},
	{"object", HTML_NORMAL, HTML_BREAKS},
	{"ol", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"optgroup", HTML_NORMAL, HTML_BREAKS},
	{"option", HTML_NORMAL, HTML_BREAKS},
	{"p", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"plaintext", HTML_PLAINTEXT, HTML_BREAKS},
	{"pre", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"rt", HTML_NORMAL, HTML_BREAKS},
	{"ruby", HTML_NORMAL, HTML_BREAKOUT},
	{"s", HTML_NORMAL, HTML_BREAKOUT},
	{"script", HTML_SKIPPED, HTML_SCRIPT},
	{"section", HTML_NORMAL, HTML_BREAKS},
	{"select", HTML_NORMAL, HTML_BREAKS},
	{"small", HTML_NORMAL, HTML_BREAKOUT},
	{"span", HTML_NORMAL, HTML_BREAKOUT},
	{"strong", HTML_NORMAL, HTML_BREAKOUT},
	{"style", HTML_SKIPPED, 0},
	{"sub", HTML_NORMAL, HTML_BREAKOUT},
	{"summary", HTML_NORMAL, HTML_BREAKS},
	{"sup", HTML_NORMAL, HTML_BREAKOUT},
	{"svg", HTML_NORMAL, HTML_BREAKS | HTML_FOREIGN},
	{"table", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"tbody", HTML_NORMAL, HTML_BREAKS},
	{"td", HTML_NORMAL, HTML_BREAKS},
	{"textarea", HTML_RCDATA, HTML_BREAKS},
	{"tfoot", HTML_NORMAL, HTML_BREAKS},
	{"th", HTML_NORMAL, HTML_BREAKS},
	{"thead", HTML_NORMAL, HTML_BREAKS},
	{"title", HTML_RCDATA, HTML_BREAKS | HTML_TITLE},
	{"tr", HTML_NORMAL, HTML_BREAKS},
	{"tt", HTML_NORMAL, HTML_BREAKOUT},
	{"u", HTML_NORMAL, HTML_BREAKOUT},
	{"ul", HTML_NORMAL, HTML_BREAKS | HTML_BREAKOUT},
	{"var", HTML_NORMAL, HTML_BREAKOUT},
	{"video", HTML_NORMAL, HTML_BREAKS},
	{"xmp", HTML_RAW, HTML_BREAKS},
};

const struct html_tag *
html_tag_find(struct slice name)
{
	size_t low = 0, high = sizeof tags / sizeof tags[0];
	char padded[HTML_TAG_MAX] = {0};

	if (name.len >= sizeof padded)
		return NULL;
	memcpy(padded, name.ptr, name.len);
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(padded, tags[middle].name, sizeof padded);

		if (order == 0)
			return &tags[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
