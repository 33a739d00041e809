#!/bin/sh
# Says that the run RUN is alive for as long as standard input stays open, by a lock on a file in LOCKS; lib.sh has the
# question. A run holds it before it makes anything, so whatever belongs to a run without it is left over.
mine=$LOCKS/hardway-verify-$RUN.lock
exec 9>"$mine" && flock 9 || exit 1
echo ready
timeout 900 cat >/dev/null
rm -f "$mine"
