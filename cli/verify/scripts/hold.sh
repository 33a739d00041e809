#!/bin/sh
# Marks the run RUN as alive while standard input stays open, by a lock on a file in LOCKS; `alive` in lib.sh checks it. A run
# takes the lock before it makes anything, so things of a run without a lock are leftovers. Prints `ready`, or
# `ready, forwarding is off` where the run's pods would turn it on; see put_back in lib.sh.
. ./lib.sh
. ./request.sh
. ./followaway.sh
mine=$LOCKS/hardway-verify-$RUN.lock
# Output of the pods' containers.
logs=$LOCKS/hardway-verify-$RUN.logs

# Written by create.sh: an object of the cluster with which goes all that this run made there, and who may delete it.
deletion=$LOCKS/hardway-verify-$RUN.deletion

leave() {
    delete_object
    take_away "$RUN"
    go_on
    put_back
    rm -rf "$logs"
    others || rm -f "$forwarding"
    rm -f "$mine"
}

# For a run that was cut off.
delete_object() {
    [ -e "$deletion" ] || return 0
    { read -r url && read -r CA && read -r CERTIFICATE && read -r KEY; } <"$deletion"
    request -o /dev/null -X DELETE "$url"
    rm -f "$deletion"
}

exec 9>"$mine" && flock 9 || exit 1
for left in "$LOCKS"/hardway-verify-*.logs; do
    run=${left##*/hardway-verify-}
    alive "${run%.logs}" || rm -rf "$left"
done
for left in "$LOCKS"/hardway-follow-*; do
    run=${left##*-}
    alive "$run" || take_away "$run"
done
mkdir -m 0700 "$logs" || exit 1
# The record of a killed run may be long out of date.
others || rm -f "$forwarding"
read -r on <"$IPV4/ip_forward"
[ "$on" = 1 ] || [ -e "$forwarding" ] || forwarding_state "$IPV4" >"$forwarding" || exit 1
trap leave EXIT
trap 'exit 143' HUP INT TERM
if [ -e "$forwarding" ]; then echo 'ready, forwarding is off'; else echo ready; fi
timeout 900 cat >/dev/null
