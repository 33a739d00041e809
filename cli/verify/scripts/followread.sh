#!/bin/sh
# What was traced since followwatch.sh, which ends with that. Values: RUN.
. ./followaway.sh
folder=$LOCKS/hardway-follow-$RUN

size() { cat "$folder"/*.trace | wc -c; }

# On a slow machine the kernel's reports are printed some time after the packet has passed.
until_printed() {
    for _ in $(seq 15); do
        before=$(size)
        sleep 0.4
        [ "$(size)" != "$before" ] || return 0
    done
}

until_printed
spaces=$(cat "$folder/spaces")
stop_watching "$folder"
sleep 0.2
printf '%s\n' "$spaces" | while read -r name _; do section "trace $name" head -c 400000 "$folder/$name.trace"; done
