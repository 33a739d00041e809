#!/bin/sh
# Has the kernel trace one flow in the networks of this host, and writes down what it reports. Values: RUN; SPACES, lines of a name and
# the path of a network namespace, `-` for the host's; HOST_RULES, POD_RULES: tables of nftables for the host and for pods.
. ./followaway.sh
folder=$LOCKS/hardway-follow-$RUN

# watch NAME PATH
watch() {
    echo "$1 $2" >>"$folder/spaces" || return
    if [ "$2" = - ]; then rules=$HOST_RULES; else rules=$POD_RULES; fi
    printf '%s' "$rules" | inside "$2" nft -f - || return
    if [ "$2" = - ]; then set -- "$1"; else set -- "$1" nsenter --net="$2"; fi
    name=$1
    shift
    (exec "$@" nft -n monitor trace) 8<&- </dev/null >"$folder/$name.trace" 2>"$folder/$name.error" &
    pid=$!
    echo "$pid" >>"$folder/monitors"
    is_listening || { cat "$folder/$name.error" && echo 'nft monitor does not listen' && return 1; }
}

# The kernel has a list of who listens to what (proc_net(5); 12 is NETLINK_NETFILTER).
is_listening() {
    for _ in $(seq 50); do
        if awk -v pid="$pid" '$2 == 12 && $3 == pid && $4 != "00000000" { found = 1 } END { exit !found }' \
            "/proc/$pid/net/netlink" 2>/dev/null; then return 0; fi
        sleep 0.2
    done
    return 1
}

one_at_a_time "$folder" || exit 1
printf '%s\n' "$SPACES" | {
    while read -r name path; do section "watch $name" watch "$name" "$path"; done
}
