#!/bin/sh
# Reaches pods, from a host or from inside a pod, all at once. Values: TARGETS, lines of a name, an address, a port or `-`, and
# `ping` or `-`; QUESTION; BUSYBOX, see ask.sh.
. ./ask.sh
IN=''

probe() {
    report=$(
        [ "$3" = - ] || section "http $1" ask_again "$2" "$3"
        # shellcheck disable=SC2086 # empty on a host
        [ "$4" = - ] || section "ping $1" $BUSYBOX ping -c 2 -W 2 "$2"
    )
    # In one write, so that reports do not mix.
    printf '%s\n' "$report"
}

section question echo "$QUESTION"
printf '%s\n' "$TARGETS" | {
    while read -r name address port ping; do
        [ -z "$name" ] || probe "$name" "$address" "$port" "$ping" &
    done
    wait
}
