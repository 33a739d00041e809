# Packages of Debian and Ubuntu: installing what is missing. A step keeps two lists of names, one a line: what it asked for
# (needed) and what was new with it (packages). Purging is in lib-purge.
# Reads: APT_WAIT, seconds; ALONG, packages that a later step of this host will ask for, or nothing. Where apt runs at all, it
#   brings them too: reading its lists takes longer than a small package, and a second run reads them again.
# Sets: $missing, $broken, as words; $unread, what apt says of repositories that it could not read.

unread=''

# package_known PACKAGE: dpkg has it, installed or in whatever other state.
package_known() { case $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) in '' | not-installed) return 1 ;; esac }

# not_installed PACKAGE...: prints those that are not there, or not wholly, as words.
not_installed() {
    states=$newline$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || :)$newline
    for package; do
        case $states in *"$newline$package installed$newline"*) ;; *) printf ' %s' "$package" ;; esac
    done
}

apt_get() {
    run env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -y -q -o DPkg::Lock::Timeout=60 -o Acquire::Retries=3 \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 "$@"
}

# apt_wait: apt-get's own Lock::Timeout covers neither `update` nor the naming of who holds the lock.
apt_wait() {
    waited=0 told=''
    while holder=$(apt_holder) && [ -n "$holder" ]; do
        [ "$waited" -lt "$APT_WAIT" ] || die "apt is in use by $holder since more than $APT_WAIT s; let it end, then run again"
        [ "$told" = "$holder" ] || { told=$holder && tell "waiting for apt, which is in use by $holder"; }
        sleep 2
        waited=$((waited + 2))
    done
}

# apt_holder: prints "NAME (pid N)" of the process that holds one of apt's locks, which are POSIX locks on these files.
apt_holder() {
    for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
        inode=$(stat -c %i "$root$file" 2>/dev/null) || continue
        pid=$(awk -v inode="$inode" '$2 == "POSIX" { n = split($6, id, ":"); if (id[n] == inode) { print $5; exit } }' "$root/proc/locks")
        [ -z "$pid" ] || { echo "$(cat "$root/proc/$pid/comm" 2>/dev/null || echo process) (pid $pid)" && return; }
    done
}

# apt_lists_fresh: apt refreshed its lists within a week. Their own times are the mirror's; the folder's is ours. Where a
# package has moved on since, the install fails and is tried again with new lists.
apt_lists_fresh() {
    [ -n "$(find "$root/var/lib/apt/lists" -maxdepth 1 -name '*_Packages*' 2>/dev/null | head -n 1)" ] &&
        [ -n "$(find "$root/var/lib/apt/lists/partial" -maxdepth 0 -mtime -7 2>/dev/null)" ]
}

# list_packages FILE NAME...: adds names to a list of packages.
list_packages() {
    listed=$1
    shift
    names=$({ [ ! -e "$listed" ] || cat "$listed"; printf '%s\n' "$@"; } | sort -u)
    if [ -e "$listed" ] && [ "$names" = "$(cat "$listed")" ]; then return 0; fi
    save "$listed" "$names"
}

# damaged PACKAGE...: prints those, as words, that have lost a program or a library, or have another in its place. Documentation may
# be left out on purpose; configuration, which has a `c` before it, may be anybody's.
damaged() {
    [ -n "$(lost "$@")" ] || return 0
    for package; do [ -z "$(lost "$package")" ] || printf ' %s' "$package"; done
}
lost() { dpkg --verify "$@" 2>/dev/null | awk '$NF ~ "^/(usr/)?(s?bin|lib[^/]*)/" && $(NF - 1) != "c"'; }

# neighbours: prints the lists of what other steps on this host asked for.
neighbours() {
    for list in "$root"/var/lib/hardway/*/needed; do
        if [ -e "$list" ] && [ "$list" != "$state/needed" ]; then printf '%s\n' "$list"; fi
    done
}

# share_packages PACKAGE...: what came ALONG with another step for these is ours too, and goes with the last of both.
share_packages() {
    for list in $(neighbours); do
        came=$(grep -vsxF -f "$list" "${list%needed}packages" | tr '\n' ' ')
        for package; do
            # shellcheck disable=SC2086 # a list of words
            case " $came" in *" $package "*) list_packages "$state/packages" $came && break ;; esac
        done
    done
}

# apt_install PACKAGE...: installs what is missing, and again what is damaged; which packages are new with it is written down before
# dpkg starts.
apt_install() {
    list_packages "$state/needed" "$@"
    share_packages "$@"
    missing=$(not_installed "$@")
    broken=$(damaged "$@")
    [ -n "$missing$broken" ] || return 0
    will_change
    apt_wait
    # A run that was killed while dpkg worked leaves packages half configured.
    [ -z "$(dpkg --audit)" ] || run env DEBIAN_FRONTEND=noninteractive dpkg --configure -a --force-confdef --force-confold ||
        die "dpkg was interrupted and cannot go on; run: dpkg --configure -a"
    # shellcheck disable=SC2086 # a list of words
    along=$([ -z "${ALONG-}" ] || not_installed $ALONG)
    tell "installing$missing$broken$along"
    # shellcheck disable=SC2086 # lists of words
    set -- $missing ${broken:+--reinstall $broken}
    updated=false
    apt_lists_fresh || apt_refresh
    # What is the matter with those that come along is for their own step to say.
    # shellcheck disable=SC2086
    if { [ -z "$along" ] || ! apt_try "$@" $along; } && ! apt_try "$@"; then
        if $updated || ! { apt_refresh && apt_try "$@"; }; then apt_failed "could not install$missing$broken"; fi
    fi
    # Where no repository has the version that is installed, apt leaves it as it is, and says so in passing.
    # shellcheck disable=SC2086
    if [ -n "$broken" ] && [ -n "$(damaged $broken)" ]; then
        die "programs of$broken are not as they were packaged, and no repository of this host has them;" \
            "install another version of it, or put them back yourself (dpkg --verify$broken)"
    fi
}

# apt_refresh: new lists of packages. A repository that cannot be read may be one that we do not need, so that is no failure;
# $unread has what apt says of it.
apt_refresh() {
    updated=true
    apt_mark
    apt_get update || :
    unreadable='The repository|Failed to fetch|Malformed|The list of sources|Some index files|GPG error'
    unread=$(apt_said EW "$unreadable|An error occurred during the signature")
}

# apt_mark: from here on is what apt_said looks at, the step's log being where apt's output goes.
apt_mark() { apt_from=$(wc -c <"$log"); }

# apt_said LETTERS PATTERN: prints apt's errors (E) and warnings (W) that begin with an extended regular expression, the first three.
apt_said() { tail -c +"$((apt_from + 1))" "$log" | sed -nE "s/^[$1]: (($2).*)/- \\1/p" | sort -u | head -n 3 | cut -c 1-300; }

# apt_failed TEXT: ends the step with what apt says.
apt_failed() {
    why=$(apt_said E '.')
    advice="check the host's package mirror, network and free disk space"
    case $why in
    *[Hh]eld*)
        advice="these are on hold: $(apt-mark showhold </dev/null | tr '\n' ' ')."
        advice="$advice Take them off it (apt-mark unhold NAME), or install what is missing yourself"
        ;;
    esac
    if [ -n "$unread" ] && [ "$unread" != "$why" ]; then
        why="$why${why:+$newline}these repositories could not be read; mend or remove them where they are what is missing:"
        why="$why$newline$unread"
    fi
    die "$1; $advice${why:+. apt says:$newline$why}"
}

# A hook of apt (apt.conf(5), DPkg::Pre-Install-Pkgs): it gets the files that dpkg is about to install, a line each. Asking
# apt beforehand instead, by a simulated run, takes as long again as the run itself without what dpkg does.
# shellcheck disable=SC2016 # for apt's shell
record_new='sed "s|.*/||; s|_.*||" | sort -u | comm -23 - "$state/packages.before" | sort -u - "$state/packages" >"$state/packages.new" && mv -f "$state/packages.new" "$state/packages"'

apt_try() {
    export state
    apt_mark
    [ -e "$state/packages" ] || : >"$state/packages"
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' | awk '$2 == "installed" { print $1 }' | sort -u >"$state/packages.before"
    apt_get -o "DPkg::Pre-Install-Pkgs::=$record_new" --no-install-recommends install "$@" || return
    rm -f "$state/packages.before"
}
