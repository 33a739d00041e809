#!/bin/sh
# Says that the run RUN is alive for as long as standard input stays open, by a lock on a file in LOCKS. Prints the
# other runs that are alive. Files of dead runs, which nothing holds locked, are removed.
mine=$LOCKS/hardway-verify-$RUN.lock
# Files are made and judged under a lock on the folder, so that nobody sees one that is made but not yet locked.
exec 8<"$LOCKS" && flock 8 || exit 1
exec 9>"$mine" && flock 9 || exit 1
for lock in "$LOCKS"/hardway-verify-*.lock; do
    name=${lock##*/hardway-verify-}
    if [ "$lock" = "$mine" ]; then
        continue
    elif flock -n "$lock" true; then
        rm -f "$lock"
    else
        echo "alive ${name%.lock}"
    fi
done
exec 8<&-
echo ready
timeout 900 cat >/dev/null
rm -f "$mine"
