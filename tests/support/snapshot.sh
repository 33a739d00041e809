#!/bin/sh
# Prints what a host is made of, as far as our steps could change it, so that two moments can be compared line by line.
# Runs as root. What any installation of a package changes for good is left out and named here: apt's and dpkg's own
# records, logs, and caches that are rebuilt from other files.
set -eu
section() { printf '\n[%s]\n' "$1"; }

section files
# Two programs for all files, because starting one is what takes time on an emulated machine.
set -- /etc /opt /usr/local /home /root -xdev ! -path /etc/ld.so.cache ! -path /etc/.updated
find "$@" -printf '%p %y %m %u:%g %l\n' | LC_ALL=C sort
find "$@" -type f -exec sha256sum {} + | LC_ALL=C sort -k 2
section var
find /var/lib -xdev -maxdepth 1 | LC_ALL=C sort
find /var/log/pods /var/log/containers /usr/libexec/kubernetes -xdev 2>/dev/null | LC_ALL=C sort
section mounts
awk '{ print $2, $3 }' /proc/mounts | LC_ALL=C sort
section cgroups
find /sys/fs/cgroup -maxdepth 1 -name 'kube*'
section packages
dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | grep -v '^un'
section units
systemctl list-unit-files --no-legend --no-pager --state=enabled,masked,enabled-runtime | awk '{ print $1, $2 }' | LC_ALL=C sort
section failed
systemctl list-units --failed --no-legend --no-pager --plain | awk '{ print $1 }'
section swap
awk 'NR > 1 { print $1, $2, $3 }' /proc/swaps
section sysctl
sysctl -a 2>/dev/null | grep -E '^net\.(bridge|ipv4\.ip_forward|ipv4\.conf\.(all|default|eth[01])\.(forwarding|rp_filter|route_localnet))' || :
sysctl -a 2>/dev/null | grep -E '^(vm\.(overcommit_memory|panic_on_oom)|kernel\.(panic|panic_on_oops|keys\.root_max[a-z]+)) ' || :
section modules
for module in overlay br_netfilter; do grep -q "^$module " /proc/modules && echo "$module" || :; done
section routes
ip -4 route show table all | grep -v '^local\|^broadcast' | sed 's/ expires [0-9]*sec//' | LC_ALL=C sort
section rules
for list in "nft list ruleset" iptables-save ip6tables-save "ipset list -name"; do
    command -v "${list%% *}" >/dev/null || continue
    $list 2>/dev/null | grep -v '^#' | sed 's/counter packets [0-9]* bytes [0-9]*//; s/\[[0-9]*:[0-9]*\]//'
done
section listeners
ss -Hltn | awk '{ print $4 }' | LC_ALL=C sort
section links
ip -br link | awk '{ print $1 }' | LC_ALL=C sort
section namespaces
ip netns list
section processes
cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(containerd|runc|pause|sleep|etcd|kube|coredns)' | LC_ALL=C sort -u || :
