#!/bin/sh
# Runs a script in a container, from a controller: the API server asks the kubelet for it. Values: KUBECONFIG_FILE, NAMESPACE, POD,
# SCRIPT; LOG, path of the container's log in the API; URL; CA, CERTIFICATE, KEY: files.
section log curl -sS --noproxy '*' --max-time 60 --cacert "$CA" --cert "$CERTIFICATE" --key "$KEY" "$URL$LOG"
section exec timeout 120 kubectl --kubeconfig "$KUBECONFIG_FILE" --cache-dir /run/hardway-kubectl -n "$NAMESPACE" exec "$POD" -- /bin/busybox sh -c "$SCRIPT" </dev/null
