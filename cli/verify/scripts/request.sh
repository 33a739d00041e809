#!/bin/sh
# A question by HTTPS of a client with a certificate. Values: CA, CERTIFICATE, KEY: its files.

# request OPTION... URL
request() { curl -sS --noproxy '*' --max-time 60 --cacert "$CA" --cert "$CERTIFICATE" --key "$KEY" "$@"; }
