#!/bin/sh
# Who is at the other end of a connection to this host. Values: PORT of this host; FROM and TO, between which the other end's port is.
sender() {
    tries=0
    until seen=$(ss -Htn "sport = :$PORT and dport >= :$FROM and dport <= :$TO") && [ -n "$seen" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || return 1
        sleep 1
    done
    printf '%s\n' "$seen"
}
section sender sender
