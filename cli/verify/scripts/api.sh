#!/bin/sh
# Asks the API server of this controller. Values: URL; CA, CERTIFICATE, KEY: files; PATHS, one a line.
ask() { curl -sS --noproxy '*' --max-time 60 --cacert "$CA" --cert "$CERTIFICATE" --key "$KEY" "$URL$1"; }

printf '%s\n' "$PATHS" | while IFS= read -r path; do
    section "$path" ask "$path"
done
