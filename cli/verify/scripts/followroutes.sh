#!/bin/sh
# What the host decides about packets. Values: QUESTIONS, lines of a number, the path of a network namespace, `-` for the host's, and
# arguments of `ip route get`.
. ./followaway.sh
# shellcheck disable=SC2086 # words
route() { inside "$1" ip -4 route get $2; }
printf '%s\n' "$QUESTIONS" | while read -r number path words; do
    [ -z "$number" ] || section "route $number" route "$path" "$words" </dev/null
done
section settings cat /proc/sys/net/ipv4/ip_forward
