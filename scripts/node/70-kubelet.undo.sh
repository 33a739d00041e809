# Takes the kubelet away, with its pods and all that it has made on this host. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE kubelet --undo; by hand: ./hardway script NODE kubelet --undo | ssh HOST sudo sh
. ./lib-services.sh
. ./lib-purge.sh
begin_undo
stop_services kubelet
socket=$(recorded socket)
# By the runtime, so that the CNI plugins take the pods' addresses and interfaces back.
if [ -n "$socket" ] && [ -x "$root/usr/local/bin/crictl" ]; then
    run "$root/usr/local/bin/crictl" -r "$socket" -t 60s rmp -fa || die "cannot remove this node's pods; is the container runtime running?"
fi
# Deepest first.
awk '$2 ~ "^/var/lib/kubelet/" { print $2 }' "$root/proc/mounts" | sort -r | while IFS= read -r mount; do run umount -l "$mount" || :; done
run systemctl stop kubepods.slice || :
for left in /var/lib/kubelet /var/log/pods /var/log/containers; do
    [ ! -d "$root$left" ] || find "$root$left" -xdev -mindepth 1 ! -type d -delete
    [ ! -d "$root$left" ] || find "$root$left" -xdev -mindepth 1 -depth -type d -empty -delete
done
undo_services
rmdir "$root/var/log/pods" "$root/var/log/containers" "$root/var/lib/kubelet" 2>/dev/null || :
apt_purge_own
finish_undo
