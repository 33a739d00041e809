#!/bin/sh
# Sends one packet from a network of this host. Values: SPACE, the path of a network namespace, or `-` for the host's; TO, an address;
# PORT of TCP, or empty for a ping with BYTES of data.
. ./followaway.sh
send() {
    if [ -z "$PORT" ]; then
        inside "$SPACE" ping -n -c 1 -W 4 -s "$BYTES" "$TO"
    elif command -v bash >/dev/null; then
        # shellcheck disable=SC2016 # the arguments are for bash
        inside "$SPACE" timeout 4 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$TO" "$PORT"
    else
        inside "$SPACE" curl -sS --noproxy '*' --max-time 4 -o /dev/null "telnet://$TO:$PORT" </dev/null
    fi
}
section sent send
