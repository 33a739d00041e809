#!/bin/sh
# Where the kernel sends packets for pods, what is in their way, and what restores the routes at the next boot. Values:
# TARGETS, `ADDRESS via HOP` lines; WANTED and SOURCES, see obstacles; BRIDGE; HERE and POD, an address of this host and one of
# its pods, the latter empty where there are none.
. ./lib-network.sh
UNIT=hardway-pod-routes.service

dropins() {
    for file in /etc/systemd/network/*.network.d/50-hardway-pod-routes.conf; do
        [ ! -e "$file" ] || { echo "# $file" && text "$file"; }
    done
}

# Before the first pod there is no bridge.
if [ -n "$POD" ] && [ -e "/sys/class/net/$BRIDGE" ]; then inside=$POD; else inside='' POD=$HERE; fi
while read -r address _ hop; do
    [ -n "$address" ] || continue
    card=$(ip -o -4 route get "$hop" | sed -n 's/.* dev \([^ ]*\) .*/\1/p')
    section "get $address" ip -j -4 route get "$address"
    # As incoming packets: then forwarding of the card, its rp_filter and the rules for incoming packets apply as well.
    section "from $address" ip -j -4 route get "$POD" from "$address" iif "${card:-none}"
    [ -z "$inside" ] || section "to $address" ip -j -4 route get "$address" from "$inside" iif "$BRIDGE"
done <<END
$TARGETS
END
section obstacles obstacles "$WANTED" "$SOURCES" "$BRIDGE"
section routes ip -j -4 route show table all
section addresses ip -j -4 address
# networkd's own state of each link, by the link's number; NETWORK_FILE is the file to which drop-ins belong.
for link in /run/systemd/netif/links/*; do
    [ ! -e "$link" ] || section "link ${link##*/}" text "$link"
done
section dropins dropins
section units systemctl show -p Id -p ActiveState -p UnitFileState systemd-networkd.service "$UNIT"
section unit-text text "/etc/systemd/system/$UNIT"
