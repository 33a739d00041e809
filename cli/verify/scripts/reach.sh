#!/bin/sh
# Reaches pods, from a host or from inside of a pod, all at once. Values: TARGETS, lines of a name and an address; PORT;
# QUESTION; BUSYBOX, the program to take everything from, or nothing on a host.

# Busybox's wget in Debian's static build crashes, so this speaks HTTP over nc, or bash, which can open connections.
ask() {
    request="GET /cgi-bin/seen?$QUESTION HTTP/1.0"
    if [ -n "$BUSYBOX" ]; then
        printf '%s\r\n\r\n' "$request" | $BUSYBOX timeout 6 "$BUSYBOX" nc -w 5 "$1" "$PORT"
    elif command -v bash >/dev/null; then
        # shellcheck disable=SC2016 # the arguments are for bash
        timeout 6 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\r\n\r\n" "$3" >&3 && cat <&3' bash "$1" "$PORT" "$request"
    else
        timeout 6 curl -sS --noproxy '*' "http://$1:$PORT/cgi-bin/seen?$QUESTION"
    fi
}

# The server in the pod may still be starting, which on a slow host with Docker takes many seconds.
ask_again() {
    tries=0
    until answer=$(ask "$1" 2>&1) && [ -n "$answer" ]; do
        tries=$((tries + 1))
        case $answer in *refused*) limit=8 ;; *) limit=3 ;; esac
        [ "$tries" -lt "$limit" ] || break
        $BUSYBOX sleep 2
    done
    printf '%s\n' "$answer"
}

probe() {
    report=$(
        section "http $1" ask_again "$2"
        # shellcheck disable=SC2086 # on a host there is no word for busybox
        section "ping $1" $BUSYBOX ping -c 2 -W 2 "$2"
    )
    # In one piece, so that reports do not mix.
    printf '%s\n' "$report"
}

section question echo "$QUESTION"
printf '%s\n' "$TARGETS" | {
    while read -r name address; do
        [ -z "$name" ] || probe "$name" "$address" &
    done
    wait
}
