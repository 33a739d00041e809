# Removes the pod network's configuration from this node. Needs no variables.
. ./lib-packages.sh
begin_undo
disown_unit hardway-masquerade.service
disown_all
read -r bridge bridge_was <<END
$(recorded bridge)
END
network=$(recorded network)
if [ -n "$bridge" ] && [ "$bridge_was" = new ] && [ -e "$root/sys/class/net/$bridge" ]; then
    if [ -z "$(ls "$root/sys/class/net/$bridge/brif")" ]; then
        run ip link delete "$bridge" || die "cannot remove the bridge $bridge"
    elif [ -e "$root/var/lib/hardway/30-containerd" ]; then
        # Containers still use it; it goes with them when the runtime does.
        printf '%s\n' "$bridge" >"$root/var/lib/hardway/30-containerd/bridge"
    fi
fi
if [ -n "$network" ] && [ ! -e "$root/sys/class/net/$bridge" ]; then rm -rf "$root/var/lib/cni/networks/$network"; fi
apt_purge_own
if [ "$(recorded leases)" = new ]; then rmdir "$root/var/lib/cni/networks" "$root/var/lib/cni/results" "$root/var/lib/cni" 2>/dev/null || :; fi
finish_undo
