#!/bin/sh
# Deletes namespaces from a controller, and waits until they are gone. Values: URL; CA, CERTIFICATE, KEY: files; NAMES; DELETION, see create.sh.
. ./request.sh
status() { request -o /dev/null -w '%{http_code}' "$@"; }

delete_all() {
    for name in $NAMES; do request -o /dev/null -X DELETE "$URL/api/v1/namespaces/$name"; done
    tries=0
    for name in $NAMES; do
        until [ "$(status "$URL/api/v1/namespaces/$name")" = 404 ]; do
            tries=$((tries + 1))
            if [ "$tries" = 120 ]; then
                echo "$name is still there"
                return 1
            fi
            sleep 1
        done
    done
    rm -f "$DELETION"
    echo gone
}
section deleted delete_all
