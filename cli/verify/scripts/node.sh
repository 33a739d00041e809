#!/bin/sh
# What the API server lets this worker's kubelet do. Values: URL; CA, CERTIFICATE, KEY: the kubelet's files; NODE; SECRET, path of a Secret
# that no pod of this Node has.
. ./request.sh

# ask PATH OPTION...: an answer, with its status on the last line.
ask() {
    path=$1
    shift
    request -w '\n%{http_code}' "$URL$path" "$@"
}

section own ask "/api/v1/nodes/$NODE" -o /dev/null
section secret ask "$SECRET"
# It would change nothing if it were allowed.
section label ask "/api/v1/nodes/$NODE?dryRun=All" -X PATCH -H 'Content-Type: application/merge-patch+json' \
    -d '{"metadata":{"labels":{"node-role.kubernetes.io/hardway-verify":""}}}'
