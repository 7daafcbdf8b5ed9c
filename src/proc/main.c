/* sluiced: all it does is find out which of its processes it is. */
#include "proc/role.h"

#include <string.h>

int
main(int argc, char **argv)
{
	enum role role = ROLE_SUPERVISOR;

	if (argc > 2 && strcmp(argv[1], "--role") == 0)
		role = role_find(argv[2]);
	if (role == ROLE_COUNT)
		return 64; /* EX_USAGE */
	return roles[role].run(argc, argv);
}
