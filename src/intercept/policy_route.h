/* The policy routing behind TPROXY: packets that bear a mark are delivered to this machine, whatever their destination.
 * One rule and one route for each family, by rtnetlink.  They outlive the process, and do nothing while no rule sets
 * the mark; installing them again is harmless. */
#ifndef SLUICE_INTERCEPT_POLICY_ROUTE_H
#define SLUICE_INTERCEPT_POLICY_ROUTE_H

#include "base/diag.h"

/* `mark` is a bit; `table` is the routing table's number and the rule's priority.  False, with a problem added, where
 * neither family can be set up; a machine without IPv6 is no problem. */
bool policy_route_install(uint32_t mark, uint32_t table, struct problems *problems);
/* Removes them; those that are not there are no problem. */
bool policy_route_remove(uint32_t mark, uint32_t table, struct problems *problems);

#endif
