#!/bin/sh
# Reaches a pod from a host. Values: ADDRESS, PORT and QUERY, see walkask.sh.
. ./walkask.sh
section route ip -j -4 route get "$ADDRESS"
section ask ask_page "$ADDRESS" "$PORT" "$QUERY"
section forward cat /proc/sys/net/ipv4/ip_forward
