#!/bin/sh
# Takes away what a run of `follow` has made on this host. Values: RUN.
. ./followaway.sh
take_away "$RUN"
left() {
    ip netns list | grep -F "hardway-follow-$RUN"
    nft list tables | grep -F "$(follow_table "$RUN")"
    there "$LOCKS/hardway-follow-$RUN"
    # What the plugins make besides.
    grep -lsF "hardway-follow-$RUN" /var/lib/cni/networks/*/*
    iptables-save -t nat 2>/dev/null | grep -F "hardway-follow-$RUN"
}
section left left
