# What runs pods' containers (runc, crun, runsc, kata), for the steps that install a runtime.
# Needs lib-modules and lib-problems.
# Reads: HANDLERS, one `NAME SHIM PROGRAM CONFIG` a line; - stands for no shim or no configuration file. DEVICES, MODULES: what
#   they need of the host, separated by blanks. SOCKET, SNAPSHOTTER, SOURCE: see runtime_facts.
# Sets: $handler_versions, JSON.

# handler_problems: adds a problem for everything that this host lacks and no package brings.
handler_problems() {
    for device in $DEVICES; do
        if [ -e "$root$device" ]; then continue; fi
        problem "a handler needs $device, which this host does not have: its processor or its hypervisor offers no virtualization" \
            "(nested virtualization, on a virtual machine). Take that handler (kata) off the list, or use machines that have it"
    done
    for module in $MODULES; do
        problem_lines "$(missing "$module" | sed 's/^/a handler needs a kernel module: /; s/$/, or take that handler (kata) off the list/')"
    done
}

# handler_program PROGRAM: prints the path of a program that is named by a path or looked for on the PATH.
handler_program() { case $1 in /*) printf '%s' "$root$1" ;; *) command -v "$1" ;; esac }

# check_handlers: each handler's program and shim run here. Sets $handler_versions to JSON, the programs' versions by handler.
check_handlers() {
    handler_versions=''
    while read -r handler shim program config; do
        [ -n "$handler" ] || continue
        path=$(handler_program "$program") && [ -x "$path" ] || die "the handler $handler has no program: $program is not on this host"
        said=$("$path" --version 2>&1 </dev/null) ||
            die "the handler $handler does not run: $program --version says $(printf '%s' "$said" | head -n 3 | head -c 300)"
        case $shim in
        io.containerd.*)
            # io.containerd.NAME.vN is the program containerd-shim-NAME-vN (containerd, runtime v2).
            shim=$(printf '%s' "$shim" | sed 's/^io[.]containerd[.]\(.*\)[.]\(v[0-9]*\)$/containerd-shim-\1-\2/')
            if [ "${program##*/}" != "$shim" ]; then
                command -v "$shim" >/dev/null || die "the handler $handler has no shim: $shim is not on the PATH"
            fi
            ;;
        esac
        [ "$config" = - ] || [ -f "$root$config" ] || die "the handler $handler has no configuration: $config is not on this host"
        json_pair "$handler" "$(printf '%s\n' "$said" |
            awk '{ for (i = 1; i < NF; i++) if ($i ~ /^version:?$/) { sub(",$", "", $(i + 1)); print $(i + 1); exit } }')"
        handler_versions=${handler_versions:+$handler_versions,}$json
    done <<END
$HANDLERS
END
}

# runtime_facts CGROUP_DRIVER: what every runtime's step says of SOCKET, SNAPSHOTTER, SOURCE, and of the handlers that were checked.
runtime_facts() {
    fact socket "$SOCKET"
    fact cgroupDriver "$1"
    fact_json cgroupVersion "$(cgroup_version)"
    fact_json handlers "{$handler_versions}"
    fact snapshotter "$SNAPSHOTTER"
    fact source "$SOURCE"
}
