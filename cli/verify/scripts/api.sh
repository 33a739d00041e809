#!/bin/sh
# Asks the API server of this controller. Values: URL; CA, CERTIFICATE, KEY: files; PATHS, one a line.
. ./request.sh

printf '%s\n' "$PATHS" | while IFS= read -r path; do
    section "$path" request "$URL$path"
done
