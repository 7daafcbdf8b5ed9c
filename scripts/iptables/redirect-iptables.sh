#!/bin/sh
# Hands web traffic to the proxy by iptables' REDIRECT, for IPv4 and IPv6:  redirect-iptables.sh up|down
# Both may be repeated.  `up` replaces the rules of an earlier one at once; `down` takes nothing that is not ours.
# The rules stay when the proxy dies, and then every intercepted connection is refused.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings"
. "$here/lib"

# Our own chains, in the format of iptables-save.  They are replaced as a whole.
nat_chains() {
	echo '*nat'
	echo ':SLUICE_PREROUTING - [0:0]'
	echo ':SLUICE_OUTPUT - [0:0]'
	echo ':SLUICE_STEER - [0:0]'
	for interface in $INTERFACES; do
		echo "-A SLUICE_PREROUTING -i $interface -p tcp -m multiport --dports $PORTS -j SLUICE_STEER"
	done
	if [ "$LOCAL" = yes ]; then
		echo "-A SLUICE_OUTPUT -m mark --mark $OWN_MARK/$OWN_MARK -j RETURN"
		echo "-A SLUICE_OUTPUT -m owner --uid-owner $(user_id "$PROXY_USER") -j RETURN"
		echo "-A SLUICE_OUTPUT -p tcp -m multiport --dports $PORTS -j SLUICE_STEER"
	fi
	echo '-A SLUICE_STEER -m addrtype --dst-type LOCAL -j RETURN'
	echo "-A SLUICE_STEER -p tcp -j REDIRECT --to-ports $REDIRECT_PORT"
	echo COMMIT
}

filter_chains() {
	echo '*filter'
	echo ':SLUICE_INPUT - [0:0]'
	echo ':SLUICE_FORWARD - [0:0]'
	# Whoever connects straight to the listener would send the proxy to itself.
	echo "-A SLUICE_INPUT -p tcp --dport $REDIRECT_PORT -m conntrack ! --ctstate DNAT -j REJECT --reject-with tcp-reset"
	quic_rules
	echo COMMIT
}

up() {
	for family in $FAMILIES; do
		{ nat_chains; filter_chains; } | restore "$family"
		hook "$family" nat PREROUTING SLUICE_PREROUTING
		hook "$family" nat OUTPUT SLUICE_OUTPUT
		hook "$family" filter INPUT SLUICE_INPUT
		hook "$family" filter FORWARD SLUICE_FORWARD
	done
}

down() {
	for family in $FAMILIES; do
		unhook "$family" nat PREROUTING SLUICE_PREROUTING
		unhook "$family" nat OUTPUT SLUICE_OUTPUT
		unhook "$family" filter INPUT SLUICE_INPUT
		unhook "$family" filter FORWARD SLUICE_FORWARD
		drop_chain "$family" nat SLUICE_STEER
	done
}

run "$@"
