# Takes CRI-O away again, or puts one that was there before back as it was. Needs no variables. When the programs came with
# us, everything that runs in this CRI-O goes with them.
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

ours=true
if package_known cri-o && ! recorded packages | grep -qx cri-o; then ours=false; fi
if $ours && may_go cri-o; then
    run systemctl disable crio.service || :
    run systemctl stop crio.service || :
    # Containers outlive their daemon: each has a pid file, and the program that watches it ends with it.
    for pidfile in "$root"/run/containers/storage/*-containers/*/userdata/pidfile; do
        [ -e "$pidfile" ] && grep -qF '"io.kubernetes.cri-o.' "${pidfile%/*}/config.json" 2>/dev/null || continue
        run kill -s KILL "$(cat "$pidfile")" || :
    done
    # Namespaces are held open by mounts with a UUID for a name. Deepest first.
    awk -v store="$runtime_store" '
        $2 == store { next }
        $2 ~ "^(/var)?/run/(containers|netns|ipcns|utsns|pidns|userns)/" || $2 ~ "^/var/lib/containers/" { print $2 }' "$root/proc/mounts" |
        grep -E -e '/containers/' -e '/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' | sort -r |
        while IFS= read -r mount; do
            run umount -l "$mount" || :
            case $mount in *ns/*) rm -f "$root$mount" ;; esac
        done
    # The pods' bridge could not go while they were there.
    cni_forget_left
    apt_purge_own
    drop_artifacts
    # What the package brought goes with it.
    owned | grep 'crio.*bridge\.conf' | while IFS= read -r file; do
        was_there "$file" || rm -f "$state/was$file"
    done
    disown_all
    remove_folders /var/lib/containers /var/lib/crio /var/log/crio /etc/crio /etc/containers /run/containers /run/crio
    run systemctl daemon-reload
    run systemctl reset-failed crio.service || :
else
    drop_artifacts
    disown_all
    run systemctl daemon-reload
    case $(recorded service) in
    *" active") run systemctl restart crio.service || die "CRI-O does not start with its earlier configuration; see journalctl -u crio" ;;
    *) run systemctl stop crio.service || : ;;
    esac
    restore_enabled crio.service
    apt_purge_own
fi
enable_other_runtimes
finish_undo
