#!/bin/sh
# Marks the run RUN as alive while standard input stays open, by a lock on a file in LOCKS; `alive` in lib.sh checks it. A run
# takes the lock before it makes anything, so things of a run without a lock are leftovers. Prints `ready`, or
# `ready, forwarding is off` where the run's pods would turn it on; see put_back in lib.sh.
. ./lib.sh
mine=$LOCKS/hardway-verify-$RUN.lock

others() {
    for lock in "$LOCKS"/hardway-verify-*.lock; do
        [ "$lock" = "$mine" ] || flock -n "$lock" true || return 0
    done
    return 1
}

leave() {
    put_back
    others || rm -f "$forwarding"
    rm -f "$mine"
}

exec 9>"$mine" && flock 9 || exit 1
# The record of a killed run may be long out of date.
others || rm -f "$forwarding"
read -r on <"$IPV4/ip_forward"
[ "$on" = 1 ] || [ -e "$forwarding" ] || forwarding_state "$IPV4" >"$forwarding" || exit 1
trap leave EXIT
trap 'exit 143' HUP INT TERM
if [ -e "$forwarding" ]; then echo 'ready, forwarding is off'; else echo ready; fi
timeout 900 cat >/dev/null
