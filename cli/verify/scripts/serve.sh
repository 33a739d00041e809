#!/bin/sh
# Runs in the probe pod: answers HTTP requests with the question, its own name and the sender's address. Values: POD, PORT.
site=/tmp/hardway-verify
/bin/busybox mkdir -p "$site/cgi-bin"
/bin/busybox cat >"$site/cgi-bin/seen" <<EOF
#!/bin/busybox sh
printf 'Content-Type: text/plain\r\n\r\n%s answers %s to %s\n' '$POD' "\$QUERY_STRING" "\$REMOTE_ADDR"
EOF
/bin/busybox chmod 755 "$site/cgi-bin/seen"
exec /bin/busybox httpd -f -p "$PORT" -h "$site"
