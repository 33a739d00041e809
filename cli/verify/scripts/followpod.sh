#!/bin/sh
# Makes pods for `follow` as a runtime would, a network namespace that the real plugin connects, and finds the networks of pods that
# are there. Values: RUN; OWN, names of the pods to make, separated by spaces; BIN_DIR, BRIDGE_CONF: the plugin's folder and its
# input; ADDRESSES of pods that are there, separated by spaces.
. ./followaway.sh
folder=$LOCKS/hardway-follow-$RUN
leases=/var/lib/cni/networks

connect() {
    echo "$1" >>"$folder/pods" || return
    ip netns add "$1" && ip -n "$1" link set lo up || return
    CNI_COMMAND=ADD CNI_CONTAINERID=$1 CNI_NETNS=/run/netns/$1 CNI_IFNAME=eth0 CNI_PATH=$BIN_DIR "$BIN_DIR/bridge" <"$folder/bridge.conf"
}

# libcni's own record of ADD, which runtimes keep in one of these folders (libcni/api.go, cacheAdd).
record_of() {
    for file in /var/lib/cni/results/*-eth0 /var/lib/cni/cache/results/*-eth0; do
        if grep -qsF "\"address\":\"$1/" "$file"; then cat "$file" && return; fi
    done
    return 1
}

# A host that lost its power has no namespaces any more, but still the leases of their addresses.
stale_leases() { grep -hso '^hardway-follow-[0-9a-f]*-[ab]' "$leases"/*/* | sort -u; }

section nft nft --version
# A run that was interrupted meanwhile is not there to take it away.
alive "$RUN" && mkdir -m 0700 "$folder" && one_at_a_time "$folder" || exit 1
if [ -n "$OWN" ]; then
    printf '%s' "$BRIDGE_CONF" >"$folder/bridge.conf"
    ln -s "$BIN_DIR" "$folder/bin"
    for pod in $(stale_leases); do
        run=${pod#hardway-follow-}
        alive "${run%-*}" || remove_pod "$pod" "$folder/bridge.conf" "$BIN_DIR"
    done
    for name in $OWN; do section "own $name" connect "hardway-follow-$RUN-$name"; done
    put_back
fi
for address in $ADDRESSES; do section "record $address" record_of "$address"; done
section links ip -j link show
section veths ip -j link show type veth
section default ip -j -4 route show default
section addresses ip -j -4 address show
