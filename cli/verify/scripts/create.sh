#!/bin/sh
# Creates objects in the cluster, from a controller. Values: URL; CA, CERTIFICATE, KEY: files; OBJECTS: `PATH JSON` a line, in their order;
# DELETION: the file that names, for `leave` in hold.sh, what has to be deleted should nobody else do that, and NAMESPACE, its path.
. ./request.sh
create() { request --fail-with-body -H 'Content-Type: application/json' -d "$2" "$URL$1"; }

# A namespace gets the account that its pods run with soon after it was made: until then they are refused.
create_patiently() {
    tries=0
    until answer=$(create "$1" "$2" 2>&1); do
        case $answer in *'serviceaccount \"default\" not found'*) tries=$((tries + 1)) ;; *) tries=60 ;; esac
        if [ "$tries" = 60 ]; then
            printf '%s\n' "$answer"
            return 1
        fi
        sleep 1
    done
}

create_all() {
    (umask 077 && printf '%s\n' "$URL$NAMESPACE" "$CA" "$CERTIFICATE" "$KEY" >"$DELETION") || return
    printf '%s\n' "$OBJECTS" | while IFS=' ' read -r path object; do
        create_patiently "$path" "$object" || exit
    done
}
section created create_all
