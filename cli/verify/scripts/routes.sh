#!/bin/sh
# Where the kernel sends packets for pods, and what brings the routes back at the next boot. Values: TARGETS, addresses.
UNIT=hardway-pod-routes.service

dropins() {
    for file in /etc/systemd/network/*.network.d/50-hardway-pod-routes.conf; do
        [ ! -e "$file" ] || { echo "# $file" && text "$file"; }
    done
}

for address in $TARGETS; do
    section "get $address" ip -j -4 route get "$address"
done
section routes ip -j -4 route show table all
section addresses ip -j -4 address
# What networkd itself says of each link, by the link's number; NETWORK_FILE is what its drop-ins belong to.
for link in /run/systemd/netif/links/*; do
    [ ! -e "$link" ] || section "link ${link##*/}" text "$link"
done
section dropins dropins
section units systemctl show -p Id -p ActiveState -p UnitFileState systemd-networkd.service "$UNIT"
section unit-text text "/etc/systemd/system/$UNIT"
