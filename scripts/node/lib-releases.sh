# Programs from release files: staged beside what is in use, and switched to by links. Needs lib-artifacts and lib-rollback.
# Reads: what lib-artifacts reads, and what each_file of lib-own reads.
# Sets: $daemon, a runtime's new program; $trees, the folders of releases that are in use, as words; PATH.

trees='' program_links=''
# As for systemd's services, what is in these folders goes before a package's programs.
PATH=$root/usr/local/sbin:$root/usr/local/bin:$PATH

# stage_programs: every program of ARTIFACTS is unpacked and runs here. Nothing that is in use changes. Sets $trees to their
# folders, $program_links to `LINK TARGET` of each link, one a line, and $daemon to a runtime's new program.
stage_programs() {
    for release in $(program_names); do
        install_artifact "$release"
        trees="$trees $tree"
        link_program "$release_folder/$release/current" "${tree##*/}"
        from=../../..$release_folder/$release/current
        case $release in
        containerd)
            daemon=$root$tree/bin/containerd
            said=$("$daemon" --version 2>&1 </dev/null) || die "containerd $tree_version does not run on this host; it says: $said"
            case "$said " in
            *" v$tree_version "* | *" $tree_version "*) ;;
            *) die "the release of containerd $tree_version says that it is another: $said" ;;
            esac
            for program in "$root$tree"/bin/*; do link_program "/usr/local/bin/${program##*/}" "$from/bin/${program##*/}"; done
            ;;
        # These two are called where they are.
        cri-o)
            daemon=$root$tree/cri-o/bin/crio
            has_programs cri-o/bin/crio cri-o/bin/pinns
            ;;
        cri-dockerd) has_programs cri-dockerd/cri-dockerd ;;
        # The archive's own paths begin at the root.
        kata) link_program /opt/kata "${release_folder##*/}/kata/current/opt/kata" ;;
        runc) link_program /usr/local/sbin/runc "$from/runc" ;;
        # Upstream's archive has a folder in it that is named after it.
        etcd)
            inside=etcd-v$tree_version-linux-$tree_arch
            has_programs "$inside/etcd" "$inside/etcdctl" "$inside/etcdutl"
            for program in etcd etcdctl etcdutl; do link_program "/usr/local/bin/$program" "$from/$inside/$program"; done
            ;;
        *) link_program "/usr/local/bin/$release" "$from/$release" ;;
        esac
        # One program: that it runs here is seen before it is switched to. A shim's own check comes with its handler's.
        case $release in
        runc | crun | runsc)
            said=$("$root$tree/$release" --version 2>&1 </dev/null) ||
                die "$release $tree_version does not run on this host; it says: $said"
            ;;
        esac
    done
}
link_program() { program_links="$program_links$1 $2$newline"; }

# has_programs PATH...: the release has these, as upstream lays it out.
has_programs() {
    for part; do
        [ -x "$root$tree/$part" ] || die "$tree_url has no $part; it is not an archive of $release as upstream makes them"
    done
}

# switch_to PATH...: FILES (see own_files) and the links of the staged releases are there; what is ours besides them and
# PATHs is given up. What changes is kept before, for the way back.
switch_to() {
    each_file keep_old
    while read -r link target; do
        if [ -n "$link" ] && [ "$(readlink "$root$link")" != "$target" ]; then keep "$link"; fi
    done <<END
$program_links
END
    wanted_paths=$(
        printf '%s\n' "$@"
        file_paths
        printf '%s' "$program_links" | cut -d ' ' -f 1
    )
    stale_paths=$(owned | grep -vxF -e "$wanted_paths" || :)
    each_line keep "$stale_paths"
    own_files
    while read -r link target; do
        [ -z "$link" ] || own_link "$link" "$target"
    done <<END
$program_links
END
    IFS=$newline
    # shellcheck disable=SC2086 # paths, one a line
    disown_stale $wanted_paths
    unset IFS
}

# give_up_old_programs: the daemon works with the new ones.
give_up_old_programs() {
    settled
    # shellcheck disable=SC2086 # a list of folders
    drop_artifacts $trees
}
