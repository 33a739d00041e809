# Packages from repositories of the user's. Needs lib-packages.
# Reads: REPOSITORIES, text of a sources file, empty for none; STEP.
# Sets: $sources, its path; $repositories_new, whether apt did not know them before.

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
        # What their packages need comes from the others.
        apt_lists_fresh || apt_refresh
        unread=''
        apt_mark
        # Ours alone, whatever is the matter with others (apt.conf(5)).
        apt_get -o "Dir::Etc::sourcelist=$root$sources" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 update ||
            apt_failed "the repositories of $sources cannot be read; check their addresses, suites and keys"
    fi
}

# repository_install PACKAGE...: installs them, or brings them to what a changed repository has. Nothing else may go for it.
repository_install() {
    missing=$(not_installed "$@")
    [ -n "$missing" ] || $repositories_new || return 0
    apt_goes=$(apt-get -s -q --no-install-recommends install "$@" </dev/null | awk '$1 == "Remv" { print $2 }') ||
        die "the repositories do not have $*; check the suite and components of $sources"
    [ -z "$apt_goes" ] ||
        die "installing $* would remove other packages: $(printf '%s' "$apt_goes" | tr '\n' ' '). Remove them yourself first"
    apt_install "$@"
    if [ -z "$missing" ]; then
        will_change
        apt_mark
        apt_get --no-install-recommends install "$@" || apt_failed "could not upgrade $*"
    fi
    rm -f "$state/repositories-new"
}
