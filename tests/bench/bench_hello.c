/* What the first look at a connection costs: bench_hello FILE... , such as those of tests/fuzz/corpus/client_hello/.
 * Each file is the start of a TLS connection; its ClientHello is sniffed, read, and given its JA4, over and over. */
#include "peek/client_hello.h"
#include "peek/ja4.h"
#include "peek/sniff.h"

#include "bench.h"

#define TIMES 20000
#define ROUNDS 10

enum { SNIFF, READ, JA4, STEPS };

/* One round of each step, in ns of one call; false where the file has no whole hello. */
static bool
measure(struct slice bytes, const EVP_MD *sha256, struct arena *arena, char ja4[JA4_TEXT_MAX], double took[STEPS])
{
	struct client_hello hello;
	enum sniff_kind kind;
	uint64_t at[STEPS + 1];
	size_t need;

	if (client_hello_read(bytes, arena, &hello, &need) != PARSE_DONE)
		return false;
	at[SNIFF] = bench_cpu_ns();
	for (int i = 0; i < TIMES; i++)
		sniff(bytes, &kind, &need);
	at[READ] = bench_cpu_ns();
	for (int i = 0; i < TIMES; i++) {
		arena_reset(arena);
		client_hello_read(bytes, arena, &hello, &need);
	}
	at[JA4] = bench_cpu_ns();
	for (int i = 0; i < TIMES; i++)
		ja4_format(&hello, JA4_TCP, sha256, ja4);
	at[STEPS] = bench_cpu_ns();
	for (int step = 0; step < STEPS; step++)
		took[step] = (double)(at[step + 1] - at[step]) / TIMES;
	return true;
}

int
main(int argc, char **argv)
{
	EVP_MD *sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	struct arena arena = arena_make(2 * CLIENT_HELLO_MAX);

	for (int i = 1; i < argc; i++) {
		double best[STEPS] = {1e9, 1e9, 1e9}, took[STEPS];
		struct slice bytes = bench_read(argv[i]);
		char ja4[JA4_TEXT_MAX];

		for (int round = 0; round < ROUNDS; round++) {
			if (!measure(bytes, sha256, &arena, ja4, took))
				break;
			for (int step = 0; step < STEPS; step++)
				if (took[step] < best[step])
					best[step] = took[step];
		}
		if (best[SNIFF] < 1e9)
			printf("%s: %zu bytes, sniff %.0f ns, read %.0f ns, JA4 %.0f ns, %s\n", argv[i], bytes.len,
				best[SNIFF], best[READ], best[JA4], ja4);
		else
			printf("%s: no whole hello\n", argv[i]);
	}
	arena_release(&arena);
	EVP_MD_free(sha256);
	return EXIT_SUCCESS;
}
