# One container runtime a node: the others are stopped, now and at boot, and come back with the undo of whoever stopped them.
# Needs lib-problems for other_runtime_pods.
# Reads: nothing.
# Sets: $runtime_store, where the snapshotter's store is mounted, empty for none.

# runtime_units NAME: prints its units, sockets before the services that they would start again.
runtime_units() {
    case $1 in
    containerd) echo containerd.service ;;
    crio) echo crio.service ;;
    docker) echo cri-docker.socket cri-docker.service docker.socket docker.service ;;
    esac
}

# other_units KEEP...: prints the units of all runtimes but these, as words.
other_units() {
    for runtime in docker crio containerd; do
        case " $* " in *" $runtime "*) ;; *) printf '%s ' "$(runtime_units "$runtime")" ;; esac
    done
}

# unit_states UNIT...: prints `UNIT ACTIVE ENABLED` a line, such as `crio.service active enabled`; `-` where nothing is said.
unit_states() {
    systemctl show -p Id -p ActiveState -p UnitFileState "$@" | awk -F = '
        function out() {
            if (id != "") print id, (active == "" ? "-" : active), (enabled == "" ? "-" : enabled)
            id = active = enabled = ""
        }
        /^$/ { out() } $1 == "Id" { id = $2 } $1 == "ActiveState" { active = $2 } $1 == "UnitFileState" { enabled = $2 } END { out() }'
}

# other_runtime_pods KEEP...: adds a problem for each other runtime that still runs containers: their processes outlive its
# daemon, with nobody left to end them. Docker counts where it has cri-dockerd before it; else it is no runtime of pods.
other_runtime_pods() {
    case " $* " in *" containerd "*) ;; *)
        if systemctl is-active -q containerd.service && command -v ctr >/dev/null; then
            pods_left containerd "$(ctr --timeout 20s -n k8s.io tasks ls -q </dev/null | grep -c . || :)"
        fi
        ;;
    esac
    case " $* " in *" docker "*) ;; *)
        if systemctl is-active -q cri-docker.socket && command -v docker >/dev/null; then
            pods_left Docker "$(docker ps -q </dev/null | grep -c . || :)"
        fi
        ;;
    esac
    case " $* " in *" crio "*) ;; *) pods_left CRI-O "$(crio_pods)" ;; esac
}

pods_left() {
    [ "$2" -eq 0 ] || problem "$1 still runs $2 containers, which would be left alone. Drain this node or delete its pods first"
}

# crio_pods: prints how many containers of CRI-O's run. Each has a pid file beside a configuration with its annotations.
crio_pods() {
    crio_count=0
    for pidfile in "$root"/run/containers/storage/*-containers/*/userdata/pidfile; do
        [ -e "$pidfile" ] && [ -d "$root/proc/$(cat "$pidfile")" ] || continue
        if grep -qF '"io.kubernetes.cri-o.' "${pidfile%/*}/config.json" 2>/dev/null; then crio_count=$((crio_count + 1)); fi
    done
    echo "$crio_count"
}

# flat_toml: prints each setting of a configuration as SECTION|KEY=VALUE; runtimes, and containerd's versions,
# differ in their quotes.
flat_toml() {
    awk '
        { gsub(/^[ \t]+|[ \t]+$/, ""); gsub("\047", "\"") }
        /^\[/ { section = substr($0, 2, length($0) - 2); next }
        { at = index($0, " = "); if (at) print section "|" substr($0, 1, at - 1) "=" substr($0, at + 3) }'
}

# enable_unit UNIT: systemd starts it at every boot.
enable_unit() {
    if systemctl is-enabled -q "$1"; then return 0; fi
    will_change
    # Whoever asks for a runtime wants it to run; undo masks it again, if it was masked before us.
    case $(systemctl is-enabled "$1" 2>/dev/null || :) in
    masked) run systemctl unmask "$1" || die "$1 is masked, and systemctl unmask $1 failed; see the lines above" ;;
    masked-runtime)
        run systemctl unmask --runtime "$1" || die "$1 is masked, and systemctl unmask --runtime $1 failed; see the lines above"
        ;;
    esac
    run systemctl enable "$1" || die "systemctl enable $1 failed; see systemctl status $1"
}

# older_than UNIT FILE: the unit runs since before the file was written, so it has read another one.
older_than() {
    running_since=$(systemctl show -p ActiveEnterTimestamp --value "$1")
    [ -n "$running_since" ] && [ "$(stat -c %Y "$root$2")" -gt "$(date -d "$running_since" +%s)" ]
}

# The store of the snapshotter, where it is mounted; it has an undo of its own. Empty where there is none.
runtime_store=$(cat "$root/var/lib/hardway/25-snapshotter-store/mount" 2>/dev/null || :)

# there_before PATH...: prints those that are there, as words; what the snapshotter's store made is there for us.
there_before() {
    for path; do
        [ ! -e "$root$path" ] || grep -qsxF -e "$path" "$root/var/lib/hardway/25-snapshotter-store/dirs" || printf '%s ' "$path"
    done
}

# remove_folders FOLDER...: for undo; those that were not there before us go, except what is mounted in them.
remove_folders() {
    for folder; do
        if was_there "$folder" || [ "$folder" = "$runtime_store" ]; then continue; fi
        case $runtime_store in
        # The way to the store cannot go, and what is on it stays.
        "$folder"/*) rm -rf --one-file-system "$root$folder" || : ;;
        *) rm -rf --one-file-system "$root$folder" || die "cannot remove $folder; is something mounted there? See: findmnt" ;;
        esac
    done
}

# remove_containerd CONFIG: for undo; what containerd keeps goes, as remove_folders has it.
remove_containerd() {
    remove_folders /var/lib/containerd /opt/containerd /etc/containerd
    rm -rf "$root/run/containerd"
    # dpkg takes a package's configuration file along, also one that was older than the package.
    was_there "$1" || rm -f "$state/was$1"
}

# was_there PATH: for undo; it was on the host before us, as `before` says.
was_there() { case $(recorded before) in *" $1 "*) ;; *) return 1 ;; esac }

# disable_other_runtimes KEEP...: every runtime but these is down, now and at boot, and so are their sockets, which the
# kubelet's tools would find. Docker without cri-dockerd stays, with the containerd that it works with. Kept in `others`: UNIT
# ACTIVE ENABLED as they were, the first one stays.
disable_other_runtimes() {
    other_down='' docker_answers=false docker_stays=false
    private_dir "$state"
    # shellcheck disable=SC2046 # a list of words
    unit_states $(other_units "$@") >"$state/others.new"
    while read -r unit active enabled; do
        case $active:$enabled in
        active:* | activating:* | reloading:* | *:enabled) ;;
        *) continue ;;
        esac
        case $unit in
        cri-docker.*) docker_answers=true ;;
        docker.*) if ! $docker_answers; then docker_stays=true && continue; fi ;;
        containerd.service) if $docker_stays; then continue; fi ;;
        esac
        will_change
        grep -q "^$unit " "$state/others" 2>/dev/null || printf '%s %s %s\n' "$unit" "$active" "$enabled" >>"$state/others"
        other_down="$other_down $unit"
    done <"$state/others.new"
    rm -f "$state/others.new"
    [ -n "$other_down" ] || return 0
    # shellcheck disable=SC2086
    run systemctl stop $other_down || die "cannot stop$other_down; see journalctl -xe. A node has one container runtime"
    for unit in $other_down; do
        grep -q "^$unit .* enabled$" "$state/others" || continue
        run systemctl disable "$unit" || die "cannot disable $unit; see systemctl status $unit"
    done
    for unit in $other_down; do
        case $unit in
        containerd.service) rm -f "$root/run/containerd/containerd.sock" "$root/run/containerd/containerd.sock.ttrpc" ;;
        crio.service) rm -f "$root/run/crio/crio.sock" ;;
        cri-docker.socket) rm -f "$root/run/cri-dockerd.sock" ;;
        esac
    done
}

# enable_other_runtimes: for undo. What was disabled is as it was, except what is not installed any more.
enable_other_runtimes() {
    [ -e "$state/others" ] || return 0
    # The other way round: a service before the socket that starts it.
    tac "$state/others" | while read -r unit active enabled; do
        [ "$(systemctl show -p LoadState --value "$unit")" = loaded ] || continue
        [ "$enabled" != enabled ] || run systemctl enable "$unit" || echo "kept: $unit cannot be enabled again"
        case $active in active | activating | reloading) run systemctl start "$unit" || echo "kept: $unit does not start again" ;; esac
    done
}

# restore_enabled UNIT: for undo; systemd starts it at boot as it did before us, as `service` says: ENABLED ACTIVE.
restore_enabled() {
    case $(recorded service) in
    disabled*) run systemctl disable "$1" ;;
    masked\ *) run systemctl mask "$1" || : ;;
    esac
}

# restore_service UNIT: for undo; it is as `services` (see unit_states) has it, and reads its configuration again.
restore_service() {
    case $(grep "^$1 " "$state/services") in
    *" active "*) run systemctl restart "$1" || die "$1 does not start with its earlier configuration; see journalctl -u $1" ;;
    *) run systemctl stop "$1" || : ;;
    esac
    case $(grep "^$1 " "$state/services") in
    *" disabled") run systemctl disable "$1" || : ;;
    *" masked") run systemctl mask "$1" || : ;;
    esac
}
