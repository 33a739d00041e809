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
# Without those that systemd makes for single units and logins, and those that programs make when somebody only looks.
awk '$2 !~ "^/run/(credentials/|netns|user)" && $1 != "binfmt_misc" { print $1, $2, $3 }' /proc/mounts | LC_ALL=C sort
section packages
dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' | grep -v '^un'
section units
systemctl list-unit-files --no-legend --no-pager --state=enabled,masked,enabled-runtime | awk '{ print $1, $2 }' | LC_ALL=C sort
section failed
systemctl list-units --failed --no-legend --no-pager --plain | awk '{ print $1 }'
section swap
awk 'NR > 1 { print $1, $2, $3 }' /proc/swaps
section sysctl
sysctl -a 2>/dev/null | grep -E '^net\.(bridge|ipv4\.ip_forward|ipv4\.conf\.(all|default|eth[01])\.(forwarding|rp_filter))' || :
sysctl -a 2>/dev/null | grep -E '^(vm\.(overcommit_memory|panic_on_oom)|kernel\.(panic|panic_on_oops|keys\.root_max(keys|bytes))|net\.ipv4\.conf\.(all|default|eth[01])\.(route_localnet|arp_ignore|arp_announce)) ' || :
section modules
for module in overlay br_netfilter; do grep -q "^$module " /proc/modules && echo "$module" || :; done
section routes
ip -4 route show table all | grep -v '^local\|^broadcast' | sed 's/ expires [0-9]*sec//' | LC_ALL=C sort
section rules
# Without counters, and without chains and tables that iptables makes in the kernel for nothing but its own rules.
for family in iptables ip6tables; do
    if command -v "$family-save" >/dev/null; then "$family-save" 2>/dev/null | sed -n 's/\[[0-9]*:[0-9]*\]//; /^-A/p; /^:.* - /p'; fi
done
if command -v nft >/dev/null; then nft list tables | grep -vE '^table ip6? (nat|filter|mangle|raw)$' || :; fi
if command -v ipset >/dev/null; then ipset list -name; fi
section listeners
ss -Hltn | awk '{ print $4 }' | LC_ALL=C sort
section links
ip -br link | awk '{ print $1 }' | LC_ALL=C sort
section namespaces
ip netns list
section cgroups
find /sys/fs/cgroup -maxdepth 2 -name '*kube*' | LC_ALL=C sort
section processes
cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(containerd|runc|pause|sleep|etcd|kube)' | LC_ALL=C sort -u || :
