#!/bin/sh
# The member of etcd on this host. Values: CLIENT_PORT, METRICS_PORT; DATA, the folder of its data; CA, CERTIFICATE, KEY: files of a
# client of etcd's.
. ./request.sh

# ask PATH: etcd's API as JSON (etcd, "gRPC gateway").
ask() { request --max-time 30 -d '{}' "https://127.0.0.1:$CLIENT_PORT$1"; }

# status URL: the status of an answer to somebody without a certificate, or why there is none.
status() { curl -sS -k --noproxy '*' --max-time 30 -o /dev/null -w '%{http_code}' "$1"; }

section health curl -sS --noproxy '*' --max-time 30 "http://127.0.0.1:$METRICS_PORT/health"
section members ask /v3/cluster/member/list
section status ask /v3/maintenance/status
section data stat -c '%a %U' "$DATA"
section nobody status "https://127.0.0.1:$CLIENT_PORT/version"
section plain status "http://127.0.0.1:$CLIENT_PORT/version"
