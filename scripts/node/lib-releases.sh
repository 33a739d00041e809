# containerd's and its handlers' programs from release archives, and the way back to those that worked before. Needs
# lib-artifacts.
# ARTIFACTS: see lib-artifacts. UNIT: text of containerd.service, which runs /usr/local/bin/containerd.

release_unit=/etc/systemd/system/containerd.service
# As for systemd's services, what is in these folders goes before a package's programs.
trees='' program_links=''
PATH=$root/usr/local/sbin:$root/usr/local/bin:$PATH

# stage_programs: every release of ARTIFACTS is unpacked, and the daemon among them runs. Nothing that is in use changes.
# Sets $trees to their folders, $program_links to `LINK TARGET` of each link, one a line, and $daemon to the new program.
stage_programs() {
    trees=''
    for release in $(artifact_names); do
        install_artifact "$release"
        trees="$trees $tree"
        link_program "$release_folder/$release/current" "${tree##*/}"
        from=../../..$release_folder/$release/current
        case $release in
        containerd)
            daemon=$root$tree/bin/containerd
            said=$("$daemon" --version 2>&1 </dev/null) || die "containerd $tree_version does not run on this host; it says: $said"
            case "$said " in *" v$tree_version "* | *" $tree_version "*) ;; *) die "the release of containerd $tree_version says that it is another: $said" ;; esac
            for program in "$root$tree"/bin/*; do link_program "/usr/local/bin/${program##*/}" "$from/bin/${program##*/}"; done
            ;;
        # The archive's own paths begin at the root.
        kata) link_program /opt/kata "${release_folder##*/}/kata/current/opt/kata" ;;
        runc) link_program /usr/local/sbin/runc "$from/runc" ;;
        *) link_program "/usr/local/bin/$release" "$from/$release" ;;
        esac
        # One program: that it runs here is seen before it is switched to. A shim's own check comes with its handler's.
        case $release in
        runc | crun | runsc)
            said=$("$root$tree/$release" --version 2>&1 </dev/null) || die "$release $tree_version does not run on this host; it says: $said"
            ;;
        esac
    done
}
link_program() { program_links="$program_links$1 $2$newline"; }

# programs_differ: links or unit are not yet as stage_programs and UNIT have them, or of a release that is to go.
programs_differ() {
    if [ -z "$UNIT" ]; then
        [ -e "$state/own$release_unit" ]
        return
    fi
    holds "$release_unit" "$UNIT" || return 0
    while read -r link target; do
        [ -z "$link" ] || [ "$(readlink "$root$link")" = "$target" ] || return 0
    done <<END
$program_links
END
    return 1
}

# switch_programs: links and unit are those of the staged releases; without any, what was there before ours.
# Sets $program_paths to the paths that are ours, one a line.
switch_programs() {
    program_paths=''
    if [ -z "$UNIT" ]; then
        [ ! -e "$state/own$release_unit" ] || : >"$state/reload"
        return 0
    fi
    while read -r link target; do
        [ -n "$link" ] || continue
        own_link "$link" "$target"
        program_paths="$program_paths$link$newline"
    done <<END
$program_links
END
    holds "$release_unit" "$UNIT" || { will_change && : >"$state/reload"; }
    own_file "$release_unit" 0644 "$UNIT"
    program_paths=$program_paths$release_unit
}

# --- the way back -----------------------------------------------------------------------------------------------------

# keep_working WHAT: remembers what the daemon works with, before any of it changes: what is ours, CONFIG_FILE, and what
# switch_programs is about to write. The first memory of a path stays until `works` or `back_to_working`. WHAT is `programs`
# when more than the configuration changes.
keep_working() {
    # A daemon that does not run has nothing to go back to, but for what an interrupted run remembered.
    [ -e "$state/worked" ] || systemctl is-active -q containerd || return 0
    private_dir "$state"
    [ "$1" != programs ] || : >"$state/upgrade"
    kept_paths=$(
        printf '%s\n' "$CONFIG_FILE" "$release_unit"
        printf '%s' "$program_links" | cut -d ' ' -f 1
        owned
    )
    while IFS= read -r kept; do
        [ ! -e "$state/worked$kept" ] && [ ! -L "$state/worked$kept" ] && [ ! -e "$state/worked$kept.hardway-none" ] || continue
        private_dir "$state/worked${kept%/*}"
        if [ -e "$root$kept" ] || [ -L "$root$kept" ]; then put "$root$kept" "$state/worked$kept"; else : >"$state/worked$kept.hardway-none"; fi
    done <<END
$kept_paths
END
}

# back_to_working: what keep_working remembered is there again, for systemd too.
back_to_working() {
    find "$state/worked" ! -type d -printf '/%P\n' >"$state/worked.list"
    while IFS= read -r kept; do
        case $kept in
        *.hardway-none) rm -f "$root${kept%.hardway-none}" ;;
        *) put "$state/worked$kept" "$root$kept" ;;
        esac
    done <"$state/worked.list"
    [ ! -e "$state/upgrade" ] || run systemctl daemon-reload
    rm -rf "$state/worked.list" "$state/worked" "$state/upgrade"
}

# works: the daemon has passed its check.
works() { rm -rf "$state/restart" "$state/worked" "$state/upgrade" "$state/reload"; }
