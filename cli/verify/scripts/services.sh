#!/bin/sh
# Reaches Services, from a host or from inside a pod, all at once. Values: TARGETS, lines of a name, an address and a port; NAMES, which DNS
# is asked for, one a line; STRAY, an address and a port that no Service has, or empty; QUESTION; BUSYBOX, see ask.sh.
. ./ask.sh
IN=''

# A question goes by UDP, which may lose it.
look_up() {
    tries=0
    # shellcheck disable=SC2086 # empty on a host
    until answer=$($BUSYBOX timeout 15 $BUSYBOX nslookup "$1" 2>&1); do
        tries=$((tries + 1))
        [ "$tries" -lt 3 ] || break
        $BUSYBOX sleep 2
    done
    printf '%s\n' "$answer"
}

section question echo "$QUESTION"
{
    printf '%s\n' "$TARGETS" | {
        while read -r name address port; do
            # In one write, so that reports do not mix.
            [ -z "$name" ] || { report=$(section "http $name" ask_again "$address" "$port") && printf '%s\n' "$report"; } &
        done
        wait
    }
    [ -z "$STRAY" ] || section stray "$BUSYBOX" wget -T 5 -O /dev/null "http://$STRAY/"
    printf '%s\n' "$NAMES" | while read -r name; do
        [ -z "$name" ] || section "lookup $name" look_up "$name"
    done
}
