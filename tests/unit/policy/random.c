/* Random rules and random facts, for tests of what holds of all of them; rand() says which. */
#include "suites.h"

#include <stdio.h>

static const char *const condition_pool[] = {"any", "site a.example", "site *.a.example", "site a.example/p/",
	"site ~^w", "site ~/p", "category adult", "category bank news", "port 80", "port 1-1000",
	"destination 10.0.0.0/8", "destination 10.0.0.0/16 11.0.0.0/8", "client g1", "client g2 g4", "client g3",
	"port 80-90 81-443", "port 443", "site www.a.example", "site *.example", "site www.a.example/p a.example/q",
	"category adult bank", "protocol tls http", "protocol h1 grpc", "protocol tls", "protocol h2",
	"protocol http websocket", "ja4 t13*", "ja4 t1*", "ja4 t13d1516h2_8daaf6152771_b186095e22b6",
	"certificate age over 30d", "certificate age under 1d", "certificate issuer x", "certificate issuer xy",
	"method GET POST", "method P*", "header Cookie x", "header cookie y*", "type image", "type image/png",
	"type executable archive", "size over 2k", "size under 100", "direction download", "phrases over 50",
	"topic violence over 80", "topic sports violence", "during early", "during work early", "search a",
	"search \"a casino\"", "search cas*", "search *", "search over 8", "unreadable bad-data over-ratio",
	"suspicious generated port 443 site *.example", "certificate self-signed", "certificate age under 7d",
	"method GET", "method POST", "header Cookie", "type executable", "type image/*", "size over 1k",
	"size under 1k", "direction upload", "phrases over 10", "topic violence", "during work", "search casino",
	"search over 5", "suspicious lookalike port 443 site *.example", "unreadable over-ratio"};
static const char *const fact_pool[FACTS][4] = {
	[FACT_CLIENT] = {"client=10.0.0.1", "client=11.0.0.1", "client=12.0.0.1", "client=10.0.0.1"},
	[FACT_MAC] = {"mac=02:00:00:00:00:01", "mac=02:00:00:00:00:02", "mac=00:00:00:00:00:00",
		"mac=02:00:00:00:00:01"},
	[FACT_USER] = {"user=alice", "user=bob", "user=", "user=x,y"},
	[FACT_TIME] = {"time=1704099600", "time=1704056400", "time=0", "time=4000000000"},
	[FACT_DESTINATION] = {"to=10.0.0.1:80", "to=11.0.0.1:80", "to=10.0.0.1:443", "to=[::1]:8080"},
	[FACT_TRANSPORT] = {"tls", "http", "tls", "http"},
	[FACT_SITE] = {"site=a.example", "site=www.a.example", "site=", "site=b.example"},
	[FACT_CATEGORY] = {"cat=adult", "cat=bank,news", "cat=", "cat=news possible=adult"},
	[FACT_JA4] = {"ja4=t13d1516h2_8daaf6152771_b186095e22b6", "ja4=", "ja4=t12d1516h2_8daaf6152771_b186095e22b6",
		"ja4=t13i1516h2_8daaf6152771_b186095e22b6"},
	[FACT_CERTIFICATE] = {"self", "age=1", "age=9999999", "issuer=xyz"},
	[FACT_APPLICATION] = {"h2", "h2", "h2", "h2"},
	[FACT_PATH] = {"path=/", "path=/p/x", "path=/px", "path=/q"},
	[FACT_METHOD] = {"method=GET", "method=POST", "method=PUT", "method=HEAD"},
	[FACT_HEADER] = {"header=cookie:x", "header=host:x", "header=cookie:yz", "header=b:c"},
	[FACT_DIRECTION] = {"up", "down", "up", "down"},
	[FACT_SIZE] = {"size=1024", "size=1025", "size=0", "size=99999"},
	[FACT_TYPE] = {"type=executable", "type=image", "mime=image/png", "type=archive"},
	[FACT_PHRASES] = {"phrases=10", "phrases=11", "phrases=0", "phrases=99"},
	[FACT_TOPIC] = {"violence=90", "violence=10", "violence=51", "violence=0"},
	[FACT_SEARCH] = {"search=casino", "search=", "search=a_casino", "search=a"},
	[FACT_SEARCH_SCORE] = {"searchscore=9", "searchscore=0", "searchscore=5", "searchscore=6"},
	[FACT_SHAPE] = {"suspicions=1", "suspicions=0", "suspicions=2", "suspicions=3"},
	[FACT_UNREAD] = {"unread=", "unread=over-ratio", "unread=bad-data", "unread="},
};

void
random_policy(char *dst, size_t size)
{
	static const char *const verbs[] = {"pass", "inspect", "block", "warn"};
	static const char *const groups[] = {"everyone", "g1", "g2", "g3", "g4"};
	size_t n = (size_t)snprintf(dst, size,
		"group g1 { net 10.0.0.0/8 }\ngroup g2 { net 11.0.0.0/8 mac 02:00:00:00:00:01 }\n"
		"group g3 { user alice }\ngroup g4 { net 10.0.0.0/24 11.0.0.0/16 }\ntime work { mon-fri 08:00-17:00 }\n"
		"time early { mon-fri 08:00-12:00 }\npolicy {\n");

	for (int rules = 1 + rand() % 8; rules; rules--) {
		int exceptions = rand() % 3 ? 0 : 1 + rand() % 2;

		n += (size_t)snprintf(dst + n, size - n, " %s %s", verbs[rand() % 4], groups[rand() % 5]);
		for (int left = exceptions + 1 + rand() % 3; left; left--) {
			const char *condition =
				condition_pool[rand() % (int)(sizeof condition_pool / sizeof condition_pool[0])];
			bool is_exception = left <= exceptions;
			bool is_any = strcmp(condition, "any") == 0;
			/* "except not suspicious" would be a block by suspicion alone. */
			bool has_not = rand() % 4 == 0 && !(is_exception && strncmp(condition, "suspicious", 10) == 0);

			n += (size_t)snprintf(dst + n, size - n, " %s%s%s", left == exceptions ? "except " : "",
				has_not && !is_any ? "not " : "", is_exception && is_any ? "port 80" : condition);
		}
		n += (size_t)snprintf(dst + n, size - n, "%s\n", rand() % 8 ? "" : " monitor");
	}
	snprintf(dst + n, size - n, "}\n");
}

/* The facts of `chosen` that are in the set, as text. */
void
random_facts_text(const int chosen[FACTS], uint32_t set, bool with_bounds, char *dst, size_t size)
{
	size_t n = 0;

	*dst = '\0';
	for (int f = 0; f < FACTS; f++) {
		if (set & FACT_BIT(f))
			n += (size_t)snprintf(dst + n, size - n, " %s", fact_pool[f][chosen[f]]);
		/* A lower bound of what comes. */
		else if (f == FACT_SIZE && with_bounds)
			n += (size_t)snprintf(dst + n, size - n, " sofar=%s", fact_pool[f][chosen[f]] + 5);
	}
}

void
random_facts(int chosen[FACTS])
{
	for (int f = 0; f < FACTS; f++)
		chosen[f] = rand() % 4;
}
