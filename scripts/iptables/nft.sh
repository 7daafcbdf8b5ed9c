#!/bin/sh
# Loads or removes redirect.nft or tproxy.nft:  nft.sh redirect|tproxy up|down
# Both may be repeated.  The values of `settings` go into the file's own variables.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/settings"
. "$here/lib"

# a b -> { "a", "b" }
quoted_list() {
	printf '{ '
	comma=
	for word in "$@"; do
		printf '%s"%s"' "$comma" "$word"
		comma=', '
	done
	printf ' }\n'
}

# The file, with the variables at its top set to ours.
rules() {
	# shellcheck disable=SC2086 # interfaces are words
	sed -e "s/^define interfaces = .*/define interfaces = $(quoted_list $INTERFACES)/" \
		-e "s/^define ports = .*/define ports = { $PORTS }/" \
		-e "s/^define redirect_port = .*/define redirect_port = $REDIRECT_PORT/" \
		-e "s/^define tproxy_port = .*/define tproxy_port = $TPROXY_PORT/" \
		-e "s/^define own_mark = .*/define own_mark = $OWN_MARK/" \
		-e "s/^define route_mark = .*/define route_mark = $ROUTE_MARK/" \
		-e "s/^define proxy_user = .*/define proxy_user = $(user_id "$PROXY_USER")/" \
		"$here/$method.nft" |
		if [ "$LOCAL" = yes ]; then cat; else sed '/LOCAL begins/,/LOCAL ends/d'; fi |
		if [ "$REJECT_QUIC" = yes ]; then cat; else sed '/QUIC begins/,/QUIC ends/d'; fi
}

up() {
	if [ "$method" = tproxy ]; then
		for family in $FAMILIES; do route_up "$family"; done
	fi
	rules | nft -f -
}

down() {
	nft delete table inet sluice 2>/dev/null || ! nft list table inet sluice >/dev/null 2>&1
	if [ "$method" = tproxy ]; then
		for family in $FAMILIES; do route_down "$family"; done
	fi
}

case ${1-} in
redirect | tproxy) method=$1 ;;
*) echo "usage: $0 redirect|tproxy up|down" >&2; exit 64 ;;
esac
shift
run "$@"
