#!/bin/sh
# Asks for a name as a pod does: in its network, with its /etc/resolv.conf, which this process alone sees in the place of the host's.
# Values: PID, a process of the pod; NAME.
resolv=$(mktemp /run/hardway-walk.XXXXXX) || exit
trap 'rm -f "$resolv"' EXIT
cat "/proc/$PID/root/etc/resolv.conf" >"$resolv"

# shellcheck disable=SC2016 # the parameters are the other shell's
look_up() {
    nsenter -t "$PID" -n unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && exec getent -s dns hosts "$2"' sh "$resolv" "$NAME"
}
section name look_up
