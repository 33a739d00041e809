#!/bin/sh
# What etcd itself has, from a controller. Values: CLIENT_PORT; CA, CERTIFICATE, KEY: files of a client of etcd's; KEYS: `NAME KEY` a line;
# KINDS: kinds of objects of which it only says how many begin how, none where it is not set.
. ./request.sh
range() {
    encoded=$(printf '%s' "$1" | base64 -w 0)
    end=$(printf '%s' "${2-}" | base64 -w 0)
    request --max-time 30 -d "{\"key\":\"$encoded\",\"range_end\":\"$end\"}" "https://127.0.0.1:$CLIENT_PORT/v3/kv/range"
}
# beginnings KIND: `NUMBER BASE64` a line. 28 characters hold what is before a key's name, and nothing of a Secret. 0 comes after /.
beginnings() { range "/registry/$1/" "/registry/${1}0" | grep -o '"value": *"[^"]\{1,28\}' | sed 's/.*"//' | sort | uniq -c; }

printf '%s\n' "$KEYS" | while read -r name key; do
    section "$name" range "$key"
done
for kind in ${KINDS-}; do
    section "all $kind" beginnings "$kind"
done
