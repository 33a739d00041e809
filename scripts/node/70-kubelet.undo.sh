# Takes the kubelet away, with its pods and all that it has made on this host. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE kubelet --undo; by hand: ./hardway script NODE kubelet --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-images.sh
. ./lib-purge.sh
. ./lib-chains.sh

# By the runtime, so that the CNI plugins take the pods' addresses and interfaces back.
remove_pods() {
    socket=$(recorded socket)
    crictl=$root/usr/local/bin/crictl
    [ -x "$crictl" ] || return 0
    if [ ! -e "$root${socket#unix://}" ] && ! pods_run; then return 0; fi
    tell "removing this node's pods"
    wait_for 3 5 run "$crictl" -r "$socket" -t 60s rmp -fa ||
        die "cannot remove this node's pods by $socket; see the lines above. Start the container runtime, then run again"
    # shellcheck disable=SC2034 # lib-images reads it
    SOCKET=$socket
    drop_images ''
}
pods_run() { grep -qsx 'populated 1' "$root"/sys/fs/cgroup/kubepods.slice/cgroup.events "$root"/sys/fs/cgroup/kubepods/cgroup.events; }

# What is mounted is not the kubelet's: nothing is deleted before it is off.
unmount_volumes() {
    mounted | sort -r | while IFS= read -r mount; do run umount -l "$mount" || :; done
    left=$(mounted | tr '\n' ' ')
    [ -z "$left" ] || die "cannot unmount ${left% }; end what uses it (fuser -m), then run again"
}
# mounted: prints what is mounted in the kubelet's folder. Its name may be a link.
mounted() {
    kubelet_folder=$(readlink -f "$root/var/lib/kubelet" || :)
    awk -v folder="${kubelet_folder#"$root"}/" 'index($2, folder) == 1 { print $2 }' "$root/proc/mounts" |
        while IFS= read -r mount; do printf '%b\n' "$mount"; done
}

# Deepest first. What was there before us stays, and so do the folders that it is in.
remove_folders_of_pods() {
    (
        cd "$root/"
        for folder in /var/lib/kubelet /var/log/pods /var/log/containers; do
            [ ! -d ".$folder" ] || find ".$folder/" -xdev -mindepth 1 -depth -print0
        done | sed -z 's|^[.]||; s|//*|/|g' | grep -zvxF -f "$state/before" | sed -z 's|^|.|' | xargs -0 -r rm -df
    ) || die "cannot remove what the kubelet has made; see the lines above, then run again"
}

remove_what_it_made() {
    remove_pods
    unmount_volumes
    run systemctl stop kubepods.slice || :
    remove_folders_of_pods
    # The kubelet makes them so that others find out which kind of iptables is in use (kubernetes, kubelet_network_linux.go).
    remove_chains 'KUBE-(FIREWALL|IPTABLES-HINT|KUBELET-CANARY)'
}

begin_undo
stop_services kubelet
# Where the step was refused, what there is of pods is somebody else's.
if [ -e "$state/before" ]; then remove_what_it_made; fi
undo_services
apt_purge_own
finish_undo
