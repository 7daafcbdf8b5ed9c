/* sluicectl: what an administrator asks of sluice.  All of it is in ctl.c and the commands. */
#include "ctl/ctl.h"

int
main(int argc, char **argv)
{
	return ctl_main(argc, argv, stdout, stderr);
}
