/* Replays a fuzzer's kept corpus without libFuzzer: every file of tests/fuzz/corpus/NAME/, where the program is
 * called fuzz_NAME.  An empty or missing corpus is a failure: a test that reads nothing proves nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	long size;
	int ok = 0;

	if (file == NULL)
		return 0;
	if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 && fseek(file, 0, SEEK_SET) == 0) {
		data = malloc((size_t)size + 1);
		if (data && fread(data, 1, (size_t)size, file) == (size_t)size) {
			LLVMFuzzerTestOneInput(data, (size_t)size);
			ok = 1;
		}
	}
	free(data);
	fclose(file);
	return ok;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	const char *source = getenv("srcdir");
	char folder[1024], path[2048];
	struct dirent *entry;
	unsigned count = 0;
	DIR *dir;

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "lt-", 3) == 0)
		name += 3;
	if (argc > 1)
		snprintf(folder, sizeof folder, "%s", argv[1]);
	else
		snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", source ? source : ".",
			name + strlen("fuzz_"));
	dir = opendir(folder);
	if (dir == NULL) {
		perror(folder);
		return EXIT_FAILURE;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		if (!replay_file(path)) {
			perror(path);
			return EXIT_FAILURE;
		}
		count++;
	}
	closedir(dir);
	printf("%s: %u inputs replayed\n", name, count);
	return count ? EXIT_SUCCESS : EXIT_FAILURE;
}
