# Removes the pod network's configuration from this node. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE cni --undo; by hand: ./hardway script NODE cni --undo | ssh HOST sudo sh
. ./lib-own.sh
. ./lib-packages.sh
. ./lib-purge.sh
. ./lib-artifacts.sh
. ./lib-cni.sh
. ./lib-forwarding.sh
begin_undo
probe_names
probe_clean
disown_unit hardway-masquerade.service
drop_artifacts
disown_all
read -r bridge network bridge_new leases_new <<END
$(recorded pod-network)
END
if ${bridge_new:-false}; then
    if [ -z "$(ls "$root/sys/class/net/$bridge/brif" 2>/dev/null)" ]; then
        cni_forget "$bridge" "$network" "$leases_new"
    else
        # Containers still use it; it goes with them when the runtime does.
        for runtime in 30-containerd 31-crio 32-docker; do
            left=$root/var/lib/hardway/$runtime
            [ ! -e "$left" ] || save "$left/pod-network" "$bridge $network $leases_new"
        done
    fi
fi
apt_purge_own
finish_undo
