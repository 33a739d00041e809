# Puts the container runtime back as it was. Needs no variables. When the packages came with us, everything that runs in
# this containerd goes with them.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE runtime --undo; by hand: ./hardway script NODE runtime --undo | ssh HOST sudo sh
. ./lib-own.sh
. ./lib-packages.sh
. ./lib-purge.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-cni.sh
. ./lib-runtime.sh
begin_undo
release_unit=/etc/systemd/system/containerd.service
# Ours go before a package's.
PATH=$root/usr/local/sbin:$root/usr/local/bin:$PATH
socket=$(recorded socket)
config=$(recorded config)
client() { ctr --address "$root$socket" --timeout 20s "$@" </dev/null; }

ours=false
if recorded packages | grep -qx containerd; then ours=true; fi
# Before our unit there was none: systemd's answer for that is "not-found" or, in older versions, nothing.
released=false
if [ -e "$state/own$release_unit" ]; then
    released=true
    case $(recorded service) in not-found* | ' '*) ours=true ;; esac
fi
if $ours && may_go containerd; then
    # Containers outlive their daemon, so they are ended while it can still be asked to.
    if systemctl is-active -q containerd; then
        for namespace in $(client namespaces ls -q); do
            for id in $(client -n "$namespace" tasks ls -q); do client -n "$namespace" tasks delete -f "$id" || :; done
            for id in $(client -n "$namespace" containers ls -q); do client -n "$namespace" containers delete "$id" || :; done
        done
    fi
    run systemctl stop containerd || :
    if $released; then run systemctl disable containerd || :; fi
    # A shim that is left serves our socket and nobody else's.
    for try in TERM TERM KILL; do
        for process in "$root"/proc/[0-9]*; do
            case $(tr '\0' ' ' <"$process/cmdline" 2>/dev/null) in
            *containerd-shim*" -address $socket "*) run kill -s "$try" "${process##*/}" || : && left=true ;;
            esac
        done
        ${left-false} || break
        left=false
        sleep 1
    done
    # Deepest first.
    awk -v store="$runtime_store" '
        $2 != store && $2 ~ "^/(run|var/lib)/containerd/" || $2 ~ "^/run/netns/cni-" { print $2 }' "$root/proc/mounts" | sort -r |
        while IFS= read -r mount; do run umount -l "$mount" || :; done
    rm -f "$root"/run/netns/cni-*
    # The pods' bridge could not go while they were there.
    cni_forget_left

    apt_purge_own
    remove_containerd "$config"
    drop_artifacts
    disown_all
    run systemctl daemon-reload
    run systemctl reset-failed containerd || :
else
    restart=false
    [ ! -e "$state/own$config" ] || restart=true
    disown_all
    if $released; then
        restart=true
        run systemctl daemon-reload
    fi
    case $ours:$(recorded service) in
    # Also where others have come to need the package that we brought.
    true:* | *" active")
        if $restart; then
            run systemctl restart containerd ||
                die "containerd does not start with its earlier configuration; see journalctl -u containerd"
        fi
        ;;
    *) run systemctl stop containerd || : ;;
    esac
    restore_enabled containerd
    drop_artifacts
    disown_all
    apt_purge_own
fi
unload_ours
enable_other_runtimes
finish_undo
