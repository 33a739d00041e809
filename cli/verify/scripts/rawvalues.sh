#!/bin/sh
# What etcd itself has, from a controller. Values: CLIENT_PORT; CA, CERTIFICATE, KEY: files of a client of etcd's; KEYS: `NAME KEY` a line.
. ./request.sh
range() {
    encoded=$(printf '%s' "$1" | base64 -w 0)
    request --max-time 30 -d "{\"key\":\"$encoded\"}" "https://127.0.0.1:$CLIENT_PORT/v3/kv/range"
}

printf '%s\n' "$KEYS" | while read -r name key; do
    section "$name" range "$key"
done
