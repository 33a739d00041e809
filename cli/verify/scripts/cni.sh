#!/bin/sh
# Connects a pod by hand, as a runtime would: a namespace, ADD and DEL through the real plugins. Values: RUN; BIN_DIR; PLUGINS;
# CONF_DIR; BRIDGE_CONF, LOOPBACK_CONF, the plugins' input. Then checks what this pod reaches: POD, address of the probe pod on
# this node, or empty; PORT, HOST_PORT, the probe pod's port and the host's; NODE, address of the host; QUESTION. PEER: address
# of another host, or empty; MTU: of pods.
. ./lib-cnifiles.sh
. ./ask.sh
prefix=hardway-verify-
mine=$prefix$RUN
leases=/var/lib/cni/networks

# plugin COMMAND TYPE CONTAINER INTERFACE CONF (CNI specification 1.0.0, section 2)
plugin() {
    printf '%s' "$5" | CNI_COMMAND=$1 CNI_CONTAINERID=$3 CNI_NETNS=/run/netns/$3 CNI_IFNAME=$4 CNI_PATH=$BIN_DIR "$BIN_DIR/$2"
}

teardown() {
    nft delete table ip "$(table_of "$1")"
    plugin DEL bridge "$1" eth0 "$BRIDGE_CONF"
    plugin DEL loopback "$1" lo "$LOOPBACK_CONF"
    [ ! -e "/run/netns/$1" ] || ip netns del "$1"
}

table_of() { echo "hardway_verify_${1#"$prefix"}"; }

# rules_by_hand ADDRESS: a Service as kube-proxy would make it, at an address of a reserved network (RFC 5737), and counters for
# the senders of packets to another such address, which are then dropped.
rules_by_hand() {
    nft -f - <<END
    table ip $(table_of "$mine") {
        chain service {
            type nat hook prerouting priority -100
            ip saddr $1 ip daddr 192.0.2.80 tcp dport 80 dnat to ${POD:-192.0.2.81}:$PORT
        }
        chain outside {
            type filter hook postrouting priority 2147483646
            ip daddr 192.0.2.81 ip saddr $1 counter drop comment "pod"
            ip daddr 192.0.2.81 counter drop comment "other"
        }
    }
END
}

# size_to ADDRESS: prints the size of the largest packet that a pod sends there undivided.
size_to() {
    card=$(ip -o -4 route get "$1" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    largest=$(cat "/sys/class/net/${card:-none}/mtu")
    if [ "${largest:-$MTU}" -lt "$MTU" ]; then echo "$largest"; else echo "$MTU"; fi
}

# senders: prints how many packets to the outside had which sender, as `pod 0` and `other 1`, and removes the rules.
senders() {
    table=$(table_of "$mine")
    nft list table ip "$table" | sed -n 's/.* counter packets \([0-9]*\) .*comment "\(.*\)".*/\2 \1/p'
    nft delete table ip "$table" || rules_left=true
}

# Containers of verifications that have a namespace or, after a reboot, only an address lease.
containers() {
    for netns in /run/netns/"$prefix"*; do
        [ ! -e "$netns" ] || echo "${netns##*/}"
    done
    grep -hso "^${prefix}[0-9a-f]*" "$leases"/*/*
}

leases_of() { grep -lsF "$1" "$leases"/*/* || true; }
plugin_modes() {
    for name in $PLUGINS; do
        if [ -x "$BIN_DIR/$name" ]; then echo "$name executable"; else echo "$name missing"; fi
    done
}

for left in $(containers | sort -u); do
    alive "${left#"$prefix"}" || teardown "$left" >/dev/null 2>&1
done
trap 'put_back; teardown "$mine" >/dev/null 2>&1' EXIT
trap 'exit 143' HUP INT TERM

section plugins plugin_modes
section conf-files cni_files "$CONF_DIR"
section netns ip netns add "$mine"
section add plugin ADD bridge "$mine" eth0 "$BRIDGE_CONF"
put_back
section address ip -n "$mine" -j -4 address show dev eth0
section route ip -n "$mine" -j -4 route show default
gateway=$(ip -n "$mine" -4 route show default | sed -n 's/^default via \([0-9.]*\).*/\1/p')
section ping ip netns exec "$mine" ping -n -c 2 -i 0.2 -W 2 "$gateway"

IN="ip netns exec $mine" BUSYBOX=''
own=$(ip -n "$mine" -o -4 address show dev eth0 | sed -n 's/.* inet \([0-9.]*\).*/\1/p')
section own echo "$own"
section rules rules_by_hand "${own:-192.0.2.82}"
outside=$(ip -4 route show default | sed -n 's/^default via \([0-9.]*\).*/\1/p' | head -n 1)
section outside echo "$outside"
# There is no answer.
ip netns exec "$mine" ping -n -c 1 -W 1 192.0.2.81 >/dev/null 2>&1 &
if [ -n "$outside" ]; then
    section outside-host ping -n -c 1 -W 1 "$outside"
    section outside-pod ip netns exec "$mine" ping -n -c 1 -W 1 "$outside"
fi
if [ -n "$PEER" ]; then
    size=$(size_to "$PEER")
    section size echo "$size"
    # Without the headers of IP and ICMP, and the wait for a neighbour, as in host.sh.
    section undivided ip netns exec "$mine" ping -n -c 1 -w 12 -M "do" -s "$((size - 28))" "$PEER"
fi
if [ -n "$POD" ]; then
    section pod ask_again "$POD" "$PORT"
    section service ask_again 192.0.2.80 80
    IN=''
    section host-port ask_again "$NODE" "$HOST_PORT"
fi
wait
section senders senders

section add-loopback plugin ADD loopback "$mine" lo "$LOOPBACK_CONF"
section lo ip -n "$mine" -j link show dev lo
section lease leases_of "$mine"
peer=$(ip -n "$mine" -o link show dev eth0 | sed -n 's/.*@if\([0-9]*\):.*/\1/p')
veth=$(ip -o link | sed -n "s/^${peer:-none}: \([^@:]*\).*/\1/p")
section veth there "/sys/class/net/${veth:-none}"
section del plugin DEL bridge "$mine" eth0 "$BRIDGE_CONF"
section lease-after leases_of "$mine"
section veth-after there "/sys/class/net/${veth:-none}"
section del-loopback plugin DEL loopback "$mine" lo "$LOOPBACK_CONF"
section netns-del ip netns del "$mine"
section netns-after there "/run/netns/$mine"
# Nothing is left to remove.
[ -e "/run/netns/$mine" ] || ${rules_left:-false} || trap - EXIT
