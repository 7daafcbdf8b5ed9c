#!/bin/sh
# Hands web traffic to the proxy by iptables' TPROXY, for IPv4 and IPv6:  tproxy-iptables.sh up|down
# Both may be repeated.  `up` replaces the rules of an earlier one at once; `down` takes nothing that is not ours.
# The rules stay when the proxy dies, and then every intercepted connection is dropped (by nft's tproxy it would pass).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings"
. "$here/lib"

# Our own chains, in the format of iptables-save.  $1 is the loopback address that the proxy listens on.
mangle_chains() {
	echo '*mangle'
	echo ':SLUICE_PREROUTING - [0:0]'
	echo ':SLUICE_DIVERT - [0:0]'
	echo ':SLUICE_STEER - [0:0]'
	# What belongs to a transparent socket of the proxy goes to it: this must be first.
	echo '-A SLUICE_PREROUTING -p tcp -m socket --transparent -j SLUICE_DIVERT'
	for interface in $INTERFACES; do
		echo "-A SLUICE_PREROUTING -i $interface -p tcp -m multiport --dports $PORTS -j SLUICE_STEER"
	done
	echo "-A SLUICE_DIVERT -j MARK --set-xmark $ROUTE_MARK/$ROUTE_MARK"
	echo '-A SLUICE_DIVERT -j ACCEPT'
	echo '-A SLUICE_STEER -m addrtype --dst-type LOCAL -j RETURN'
	# A SYN alone: later packets belong to connections that began before the rules did, and would be reset.
	echo "-A SLUICE_STEER -p tcp --tcp-flags FIN,SYN,RST,ACK SYN -j TPROXY --on-ip $1 --on-port $TPROXY_PORT" \
		"--tproxy-mark $ROUTE_MARK/$ROUTE_MARK"
	echo COMMIT
}

filter_chains() {
	echo '*filter'
	echo ':SLUICE_FORWARD - [0:0]'
	quic_rules
	echo COMMIT
}

up() {
	for family in $FAMILIES; do
		if [ "$family" = 6 ]; then loopback=::1; else loopback=127.0.0.1; fi
		route_up "$family"
		{ mangle_chains "$loopback"; filter_chains; } | restore "$family"
		hook "$family" mangle PREROUTING SLUICE_PREROUTING
		hook "$family" filter FORWARD SLUICE_FORWARD
	done
}

down() {
	for family in $FAMILIES; do
		unhook "$family" mangle PREROUTING SLUICE_PREROUTING
		unhook "$family" filter FORWARD SLUICE_FORWARD
		drop_chain "$family" mangle SLUICE_DIVERT
		drop_chain "$family" mangle SLUICE_STEER
		route_down "$family"
	done
}

run "$@"
