# What pods leave on a host, for the undo of 40-cni-config, or of the runtime where pods outlived the former.
# Reads: nothing.
# Sets: nothing.

# cni_forget BRIDGE NETWORK NEW: removes the bridge and the leases of its network; with NEW true /var/lib/cni came with us.
cni_forget() {
    if [ -e "$root/sys/class/net/$1" ]; then run ip link delete "$1" || die "cannot remove the bridge $1"; fi
    cni_forget_ports
    [ -z "$2" ] || rm -rf "$root/var/lib/cni/networks/$2"
    if $3; then rmdir "$root/var/lib/cni/networks" "$root/var/lib/cni/results" "$root/var/lib/cni" 2>/dev/null || :; fi
}

# cni_forget_ports: removes the chains that the portmap plugin leaves for the next host port; not while a pod has one.
cni_forget_ports() {
    command -v iptables-save >/dev/null || return 0
    nat=$(iptables-save -t nat) || return 0
    case $nat in *'-A CNI-HOSTPORT-DNAT '*) return 0 ;; *:CNI-HOSTPORT-*) ;; *) return 0 ;; esac
    printf '%s\n' '*nat' "$(printf '%s\n' "$nat" | sed -n '/CNI-HOSTPORT-/s/^-A /-D /p')" \
        "$(printf '%s\n' "$nat" | sed -n 's/^:\(CNI-HOSTPORT-[A-Z]*\) .*/-X \1/p')" COMMIT | iptables-restore --noflush -w 10 ||
        die "cannot remove the chains CNI-HOSTPORT-* of iptables' table nat"
}

# cni_forget_left: the same for the network that 40-cni-config's undo could not take away, since pods were still on it.
cni_forget_left() {
    read -r bridge network leases_new <<END
$(recorded pod-network)
END
    [ -z "$bridge" ] || cni_forget "$bridge" "$network" "$leases_new"
}
