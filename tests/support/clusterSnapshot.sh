#!/bin/sh
# Prints what a cluster could change of a host besides what snapshot.sh prints, for the same purpose. Runs as root.
set -eu
section() { printf '\n[%s]\n' "$1"; }

section "kernel parameters"
sysctl -a 2>/dev/null | grep -E '^(vm\.(overcommit_memory|panic_on_oom)|kernel\.(panic|panic_on_oops|keys\.root_max(keys|bytes))|net\.ipv4\.conf\.(all|default|eth[01])\.(route_localnet|arp_ignore|arp_announce)) ' || :
section mounts
# Without those that systemd makes for single units, and those that programs make when somebody only looks.
awk '$2 !~ "^/run/(credentials/|netns)" && $1 != "binfmt_misc" { print $1, $2, $3 }' /proc/mounts | LC_ALL=C sort
section rules
# Without counters, and without chains that iptables makes in the kernel for nothing but its own rules.
for family in iptables ip6tables; do
    if command -v "$family-save" >/dev/null; then "$family-save" 2>/dev/null | sed -n 's/\[[0-9]*:[0-9]*\]//; /^-A/p; /^:.* - /p'; fi
done
if command -v nft >/dev/null; then nft list tables | grep -vE '^table ip6? (nat|filter|mangle|raw)$' || :; fi
section sets
if command -v ipset >/dev/null; then ipset list -name; fi
section "interfaces of Services"
ip -br link | awk '$1 ~ /^(kube|veth)/ { print $1 }'
section cgroups
find /sys/fs/cgroup -maxdepth 2 -name '*kube*' | LC_ALL=C sort
section "programs of a cluster"
cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(etcd|kube)' | LC_ALL=C sort -u || :
