#!/bin/sh
# Runs a script in a container, from a controller: the API server asks the kubelet for it. Values: KUBECTL, its words, NAMESPACE, POD,
# SCRIPT; LOG, path of the container's log in the API; URL; CA, CERTIFICATE, KEY: files.
. ./request.sh
section log request "$URL$LOG"
# shellcheck disable=SC2086 # KUBECTL is words
section exec timeout 120 $KUBECTL -n "$NAMESPACE" exec "$POD" -- /bin/busybox sh -c "$SCRIPT" </dev/null
