# Programs of a runtime from where the user has them: archives with a checksum, or repositories of packages. Needs
# lib-packages, lib-artifacts and lib-rollback.

# fitting_archive: sets $url and $sha256 to the first of ARCHIVES for this machine; false where there is none.
fitting_archive() {
    machine=$(dpkg --print-architecture)
    url='' sha256=''
    while read -r archive_for archive_url archive_sha256; do
        case $archive_for in any | "$machine") ;; *) continue ;; esac
        url=$archive_url sha256=$archive_sha256
        return 0
    done <<EOT
$ARCHIVES
EOT
    return 1
}

# own_repositories: apt knows REPOSITORIES, the text of a sources file, as hardway-STEP. Sets $repositories_new when it did not.
own_repositories() {
    sources=/etc/apt/sources.list.d/hardway-$STEP.sources
    repositories_new=false
    if [ -z "$REPOSITORIES" ]; then
        disown_file "$sources"
        return 0
    fi
    if ! holds "$sources" "$REPOSITORIES" || [ -e "$state/repositories-new" ]; then
        record repositories-new ''
        repositories_new=true
        own_file "$sources" 0644 "$REPOSITORIES"
        apt_wait
        apt_get update || die "apt-get update failed with $sources; check the repository's address, suite and key"
    fi
}

# repository_install PACKAGE...: installs them, or brings them to what a changed repository has. Nothing else may go for it.
repository_install() {
    missing=$(not_installed "$@")
    [ -n "$missing" ] || $repositories_new || return 0
    apt_goes=$(apt-get -s -q --no-install-recommends install "$@" </dev/null | awk '$1 == "Remv" { print $2 }') ||
        die "the repositories do not have $*; check the suite and components of $sources"
    [ -z "$apt_goes" ] || die "installing $* would remove other packages: $(printf '%s' "$apt_goes" | tr '\n' ' '). Remove them yourself first"
    apt_install "$@"
    if [ -z "$missing" ]; then
        will_change
        apt_get --no-install-recommends install "$@" || die "could not upgrade $*; see the lines above"
    fi
    rm -f "$state/repositories-new"
}

# own_program FOLDER FORM LINK PART: LINK leads to PART of the archive $url, which is unpacked below FOLDER. Sets $tree_used.
own_program() {
    tree_name=$(printf "%.16s" "$sha256") tree_used=$1/$tree_name
    # The download is kept with what was unpacked from it.
    if [ -d "$root$tree_used" ]; then artifacts_used="$artifacts_used $sha256"; else artifact_get "$url" "$sha256"; fi
    own_tree "$tree_used" "$2"
    [ "$(readlink "$root$3" 2>/dev/null)" = "$tree_name$4" ] || keep "$3"
    own_link "$3" "$tree_name$4"
}

# disown_unused LINK PATH...: gives up what is ours no longer: everything but FILES, PATHs, the repositories' sources, and LINK
# where an archive is used.
disown_unused() {
    program_link=$1
    shift
    IFS=$newline
    # shellcheck disable=SC2086 # paths, one a line
    set -- "$@" $own_paths
    unset IFS
    [ -z "$REPOSITORIES" ] || set -- "$@" "$sources"
    [ -z "$tree_used" ] || set -- "$@" "$program_link"
    disown_stale "$@"
}
