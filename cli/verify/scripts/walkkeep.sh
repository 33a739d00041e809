#!/bin/sh
# Leaves what a run made in the cluster. Values: URL; CA, CERTIFICATE, KEY: files; NAMESPACE, its path; LABELS, a patch that takes the
# marks of the run away; DELETION, see create.sh.
. ./request.sh
keep() {
    request --fail-with-body -o /dev/null -X PATCH -H 'Content-Type: application/merge-patch+json' -d "$LABELS" "$URL$NAMESPACE" || return
    rm -f "$DELETION"
}
section kept keep
