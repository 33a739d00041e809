#!/bin/sh
# Asking a probe pod. Values: QUESTION; BUSYBOX, the program that provides all others in a pod, empty on a host; IN, words before
# a host's program that run it elsewhere, or empty.

# ask ADDRESS PORT. Busybox's wget in Debian's static build crashes, so this sends HTTP through nc, or through bash, which can open
# connections.
ask() {
    request="GET /cgi-bin/seen?$QUESTION HTTP/1.0"
    if [ -n "$BUSYBOX" ]; then
        printf '%s\r\n\r\n' "$request" | $BUSYBOX timeout 6 "$BUSYBOX" nc -w 5 "$1" "$2"
    elif command -v bash >/dev/null; then
        # shellcheck disable=SC2016,SC2086 # the arguments are for bash; IN is words
        timeout 6 $IN bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "%s\r\n\r\n" "$3" >&3 && cat <&3' bash "$1" "$2" "$request"
    else
        # shellcheck disable=SC2086 # IN is words
        timeout 6 $IN curl -sS --noproxy '*' "http://$1:$2/cgi-bin/seen?$QUESTION"
    fi
}

# The server in the pod may still be starting, which on a slow host with Docker takes many seconds.
ask_again() {
    tries=0
    until answer=$(ask "$@" 2>&1) && [ -n "$answer" ]; do
        tries=$((tries + 1))
        case $answer in *refused*) limit=8 ;; *) limit=3 ;; esac
        [ "$tries" -lt "$limit" ] || break
        $BUSYBOX sleep 2
    done
    printf '%s\n' "$answer"
}
