# Which of the packages that came with a step may go again, and purging them. Needs lib-packages.
# Reads: nothing.
# Sets: $free, $kept, see judge_packages.

# judge_packages: of our packages that are there, sets $free to those that nothing else on this host needs, and $kept to the
# others, as words.
#
# What stays keeps what it depends on, by names alone, where nothing else that stays would do. It begins with every installed
# package that is not ours, and what other steps asked for, and follows dependencies from there. For example, where ours are
# containerd and runc, and somebody has installed podman since:
#
#   dpkg-query   installed  containerd                runc (>= 1.1)
#                installed  runc                      libc6
#                installed  podman      container-rt  crun | runc
#
#   so           free=' containerd' kept=' runc'
#
# Asking apt instead what a purge would take along takes it seconds a question on a slow host, and one question a package.
judge_packages() {
    free='' kept=''
    mine=$(recorded packages | tr '\n' ' ')
    [ -n "$mine" ] || return 0
    theirs=$(for list in $(neighbours); do tr '\n' ' ' <"$list"; done)
    verdicts=$(
        dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Provides}\t${Pre-Depends},${Depends}\n' |
            awk -F '\t' -v mine="$mine" -v theirs="$theirs" '
                BEGIN {
                    count = split(mine, order, " ")
                    for (i = 1; i <= count; i++) free[order[i]]
                    for (i = split(theirs, asked, " "); i > 0; i--) delete free[asked[i]]
                }
                $1 == "not-installed" { next }
                { known[$2] }
                $1 == "config-files" { next }
                {
                    installed[$2]
                    depends[$2] = depends[$2] "," $4
                    named[$2] = named[$2] " " $2
                    provides = $3
                    gsub(/ *\([^)]*\)/, "", provides)
                    for (i = split(provides, names, / *, */); i > 0; i--) named[names[i]] = named[names[i]] " " $2
                }
                # keep(ALTERNATIVES), such as "libseccomp2 (>= 2.5) | seccomp": adds to those that stay what one of these needs.
                function keep(alternatives,    names, with, i, j, first) {
                    for (i = split(alternatives, names, /\|/); i > 0; i--) {
                        name = names[i]
                        versioned = index(name, "(") > 0
                        gsub(/\(.*|\[.*|:.*| /, "", name)
                        # No virtual package has a version where a real one has the name.
                        for (j = split(versioned && (name in installed) ? name : named[name], with, " "); j > 0; j--) {
                            if (!(with[j] in free)) return
                            first = with[j]
                        }
                    }
                    if (first == "") return
                    delete free[first]
                    stay[++last] = first
                }
                END {
                    for (name in installed) if (!(name in free)) stay[++last] = name
                    while (last > 0) {
                        name = stay[last--]
                        for (n = split(depends[name], groups, /,/); n > 0; n--) keep(groups[n])
                    }
                    for (i = 1; i <= count; i++) if (order[i] in known) print (order[i] in free ? "free" : "kept"), order[i]
                }'
    )
    while read -r verdict package; do
        case $verdict in free) free="$free $package" ;; kept) kept="$kept $package" ;; esac
    done <<END
$verdicts
END
}

# apt_purge_own: purges the packages that came with us, except those that something else has come to need: they pass to the
# other steps on this host, and go with the last of them that finds them free.
apt_purge_own() {
    judge_packages
    if [ -n "$kept" ]; then
        echo "kept, since others need them:$kept"
        # shellcheck disable=SC2086 # a list of words
        for list in $(neighbours); do list_packages "${list%/needed}/packages" $kept; done
    fi
    [ -n "$free" ] || return 0
    apt_wait
    tell "removing$free"
    # dpkg takes nothing along that is not named. It protects e2fsprogs, which a host without it can do without.
    # shellcheck disable=SC2086
    run env DEBIAN_FRONTEND=noninteractive dpkg --purge --force-remove-protected $free ||
        die "could not purge$free; see the lines above, mend it and run again"
}

# may_go PACKAGE: it is not there, or it came with us and nothing else needs it.
may_go() {
    judge_packages
    if package_known "$1"; then
        case "$free " in *" $1 "*) ;; *) return 1 ;; esac
    fi
}
