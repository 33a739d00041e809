#!/bin/sh
# What is still there of a pod that was deleted: where nothing is printed, nothing is there. Values: those of walkrules.sh; SANDBOX, its
# id; NETNS, its network namespace, e.g. net:[4026532345]; VETH, its link on the host; CGROUP, a path below /sys/fs/cgroup; LOGS.
. ./walkrules.sh

left() {
    for path; do
        [ ! -e "$path" ] || echo "$path"
    done
}
number=${NETNS#*[} number=${number%]}
# By a name of its own, and by processes in it.
netns() {
    stat -Lc '%i %n' /run/netns/* 2>/dev/null | grep "^$number "
    # shellcheck disable=SC2010 # one process for all links, whose names are numbers
    ls -l /proc/[0-9]*/ns/net 2>/dev/null | grep -F "$NETNS"
}
masquerade() { iptables-save -t nat | grep -F "$SANDBOX"; }

section cache left /var/lib/cni/results/*"-$SANDBOX-"* /var/lib/cni/cache/results/*"-$SANDBOX-"*
section lease grep -lsF "$SANDBOX" /var/lib/cni/networks/*/*
section veth left "/sys/class/net/$VETH"
section netns netns
section masquerade masquerade
section cgroup left "/sys/fs/cgroup$CGROUP"
section logs left "$LOGS"
section mode echo "$mode"
section rules proxy_rules
