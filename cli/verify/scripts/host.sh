#!/bin/sh
# This host's identity, and whether packets of its MTU reach another host unfragmented. Values: ADDRESS, this host's on the hosts'
# network; PEER, another host's, empty for none.
section hostname uname -n
section machine-id cat /etc/machine-id
card=$(ip -o -4 address show to "$ADDRESS" | awk '{ print $2; exit }')
mtu=$(cat "/sys/class/net/${card:-none}/mtu")
section card echo "$card"
section mtu echo "$mtu"
# Without the headers of IP and ICMP. -M do: it must not be fragmented on the way. -w: where a machine was replaced at its address,
# its neighbours keep the old hardware address for up to 8 s after they use it again: 5 s before the first probe, and three
# probes of a second (arp(7), delay_first_probe_time, ucast_solicit).
[ -z "$PEER" ] || section ping ping -n -c 2 -i 0.5 -w 12 -M "do" -s "$((${mtu:-1500} - 28))" "$PEER"
