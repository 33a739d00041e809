# Takes Docker and cri-dockerd away again, or puts a Docker that was there before back as it was. Needs no variables. When the
# engine came with us, everything that runs in it goes with it.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE runtime --undo; by hand: ./hardway script NODE runtime --undo | ssh HOST sudo sh
. ./lib-own.sh
. ./lib-packages.sh
. ./lib-purge.sh
. ./lib-artifacts.sh
. ./lib-runtime.sh
. ./lib-cni.sh
begin_undo
containerd_config=/etc/containerd/config.toml

run systemctl disable cri-docker.socket cri-docker.service || :
run systemctl stop cri-docker.socket cri-docker.service || :
rm -f "$root/run/cri-dockerd.sock"
ours=false
if recorded packages | grep -qxF -e "$(recorded engine)"; then ours=true; fi
if $ours && may_go "$(recorded engine)"; then
    if systemctl is-active -q docker.service; then
        containers=$(docker ps -aq </dev/null || :)
        # shellcheck disable=SC2086 # a list of words
        [ -z "$containers" ] || run docker rm -f $containers || :
    fi
    run systemctl stop docker.socket docker.service || :
    awk '$2 ~ "^/(run|var/lib)/docker/" { print $2 }' "$root/proc/mounts" | sort -r |
        while IFS= read -r mount; do run umount -l "$mount" || :; done
    # The pods' bridge could not go while they were there.
    cni_forget_left
    # The containerd that came with it has no containers left.
    case "$free$kept " in *" containerd "* | *" containerd.io "*) run systemctl stop containerd.service || : ;; esac
    apt_purge_own
    remove_folders /var/lib/docker /etc/docker /run/docker
else
    apt_purge_own
fi
drop_artifacts
remove_folders /var/lib/cri-dockerd
if package_known containerd || package_known containerd.io; then
    # It was there before us, or others have come to need it.
    disown_all
    run systemctl daemon-reload
    restore_service containerd.service
else
    remove_containerd "$containerd_config"
    disown_all
    run systemctl daemon-reload
fi
if package_known "$(recorded engine)"; then
    restore_service docker.service
    restore_service docker.socket
fi
run systemctl reset-failed docker.service cri-docker.service || :
enable_other_runtimes
finish_undo
