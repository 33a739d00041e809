# containerd and its handlers, configured whole, running now and after every reboot.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE runtime; by hand: ./hardway script NODE runtime | ssh HOST sudo sh
#
# SOURCE: distro, release or mirror. ARTIFACTS: what is downloaded, see lib-artifacts. PACKAGES: the distribution's packages of
# the handlers. HANDLERS, DEVICES, MODULES: see lib-handlers.sh.
# CONFIG_FILE: its path. CONFIG_V2, CONFIG_V3: its text for containerd 1.x and 2.x, on standard input where it has secrets.
# FILES, FILE_1 ...: other files of ours, see own_files; a release's unit among them. SNAPSHOTTER, SYSTEMD_CGROUP (true or
# false), SANDBOX_IMAGE, DEFAULT_HANDLER, REGISTRY_FOLDER (empty for none), CNI_BIN_DIR, CNI_CONF_DIR: what the daemon must
# make of them.
# SOCKET: path of its socket. IMAGE_ARCHIVES: paths on this host, one a line, imported once each for pods to use.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-daemon.sh
. ./lib-site.sh
SERVICES=containerd
release_unit=/etc/systemd/system/containerd.service

look_first() {
    image_archive_problems
    other_runtime_pods containerd
    artifact_problems
    handler_problems
    # Docker's packages call it containerd.io, which has runc in it and conflicts with the distribution's own.
    package=containerd
    if package_known containerd.io; then package=containerd.io; fi
    program=$(command -v containerd || :)
    if [ "$SOURCE" = distro ] && [ -n "$program" ] && [ ! -e "$state/own$release_unit" ] && ! package_known "$package"; then
        problem "$program comes from no package, and would be mixed up with the distribution's containerd. Remove it"
    fi
    if [ -n "$program" ]; then
        # What is said of containerd by others, see lib-site.sh; their pods run under it.
        containerd_site_problems "$program" "$CONFIG_FILE" "$SOCKET" "$SNAPSHOTTER"
        if site_config "$CONFIG_FILE" && ! holds "$CONFIG_FILE" "$CONFIG_V2" && ! holds "$CONFIG_FILE" "$CONFIG_V3" &&
            systemctl is-active -q containerd; then
            pods_left containerd "$(client -n k8s.io tasks ls -q | grep -c . || :)"
        fi
    fi
    refuse_problems
}

# For undo: which folders of containerd's were there, and whether its service ran.
remember() {
    if [ ! -e "$state/before" ]; then
        record before " $(there_before /var/lib/containerd /opt/containerd /etc/containerd "$CONFIG_FILE")"
        record service "$(systemctl is-enabled containerd 2>/dev/null || :) $(systemctl is-active containerd || :)"
    fi
    record socket "$SOCKET"
    record config "$CONFIG_FILE"
}

# Sets $daemon to the containerd that is to run. Programs of releases lie beside what is in use until switch_to.
install_programs() {
    # Before the daemon starts for the first time, which would make them itself.
    own_dir "$CNI_BIN_DIR"
    own_dir "$CNI_CONF_DIR"
    case $SOURCE in
    distro) install_packages ;;
    release | mirror) ;;
    *) die "the source $SOURCE is not known; wanted distro, release or mirror" ;;
    esac
    stage_programs
    # What an earlier containerd's package left can be asked about only now.
    [ -n "$program" ] || containerd_site_problems "$daemon" "$CONFIG_FILE" "$SOCKET" "$SNAPSHOTTER"
    [ -z "$problems" ] || die "cannot be done on this host, no settings were changed:$problems"
    # A package starts it.
    ran=false
    if systemctl is-active -q containerd; then ran=true; fi
    for module in $MODULES; do load_module "$module"; done
}

install_packages() {
    daemon=containerd
    set --
    if [ "$package" = containerd ]; then set -- containerd; fi
    for name in $PACKAGES; do
        # containerd.io has it in it.
        [ "$package:$name" = containerd.io:runc ] || set -- "$@" "$name"
    done
    [ $# = 0 ] || apt_install "$@"
    # Releases that are about to go still come first on the PATH.
    if [ -e "$state/own$release_unit" ]; then daemon=$root/usr/bin/containerd; fi
}

# Sets $version and $schema, that of the configuration.
configure() {
    # Logins for registries are in it.
    mode=0644
    if [ "${SECRETS-}" = stdin ]; then mode=0600; fi
    own_containerd_config "$daemon" "$CONFIG_FILE" "$mode" "$CONFIG_V2" "$CONFIG_V3"
    switch_to "$CONFIG_FILE"
    check_handlers
}

client() { ctr --address "$root$SOCKET" --timeout 20s "$@" </dev/null; }

start_service() {
    if differs "$release_unit"; then run systemctl daemon-reload; fi
    disable_other_runtimes containerd
    enable_unit containerd
    if ! systemctl is-active -q containerd; then
        will_change
        run systemctl reset-failed containerd || :
        run systemctl start containerd || failed containerd "containerd $version does not start with the new configuration"
    elif has_new_files || older_than containerd "$CONFIG_FILE" || ! client version; then
        will_change
        # One that hangs, or whose socket is gone, is of no use to anybody, and its containers outlive it.
        [ "$(systemctl show -p KillMode --value containerd)" = process ] ||
            die "restarting containerd would end every container, since its unit has not KillMode=process;" \
                "remove the drop-in that says otherwise (systemctl cat containerd)"
        run systemctl restart containerd || failed containerd "containerd $version does not start with the new configuration"
    fi
}

# has_new_files: something that it reads when it starts is not what it last worked with. Registries' own files are read at each pull.
has_new_files() { [ -n "$(find "$state/worked/seen" ! -type d ! -name hosts.toml 2>/dev/null)" ]; }

# It answers, and is the new one and not one that was already there and could not be restarted.
check_version() {
    wait_for 15 2 client version || failed containerd "containerd does not answer on $SOCKET"
    running=$(client version | awk '/^Server:/ { server = 1 } server && $1 == "Version:" { sub("^v", "", $2); print $2; exit }')
    if [ -n "$running" ] && [ "$running" != "$version" ]; then
        failed containerd "containerd $running answers on $SOCKET instead of $version"
    fi
}

# The whole configuration as the daemon reads it.
check_configuration() {
    effective=$(containerd --config "$root$CONFIG_FILE" config dump | flat_toml)
    if [ "$schema" = 2 ]; then
        images='plugins."io.containerd.grpc.v1.cri"' runtime='plugins."io.containerd.grpc.v1.cri"'
        expect "$images" sandbox_image "\"$SANDBOX_IMAGE\""
        expect "$images.containerd" snapshotter "\"$SNAPSHOTTER\""
    else
        images='plugins."io.containerd.cri.v1.images"' runtime='plugins."io.containerd.cri.v1.runtime"'
        expect "$images.pinned_images" sandbox "\"$SANDBOX_IMAGE\""
        expect "$images" snapshotter "\"$SNAPSHOTTER\""
    fi
    expect "$runtime.containerd" default_runtime_name "\"$DEFAULT_HANDLER\""
    while read -r handler shim program config; do
        [ -n "$handler" ] || continue
        table=$runtime.containerd.runtimes.$handler
        expect "$table" runtime_type "\"$shim\""
        if [ "$shim" = io.containerd.runc.v2 ]; then
            expect "$table.options" SystemdCgroup "$SYSTEMD_CGROUP"
            case $program in /*) expect "$table.options" BinaryName "\"$program\"" ;; esac
        fi
        [ "$config" = - ] || expect "$table.options" ConfigPath "\"$config\""
    done <<END
$HANDLERS
END
    [ -z "$REGISTRY_FOLDER" ] || expect "$images.registry" config_path "\"$REGISTRY_FOLDER\""
    # 2.1 and later may show the one folder as a list.
    expect "$runtime.cni" bin_dir "\"$CNI_BIN_DIR\"" bin_dirs "[\"$CNI_BIN_DIR\"]"
    expect "$runtime.cni" conf_dir "\"$CNI_CONF_DIR\""
}

# expect SECTION KEY VALUE [KEY VALUE]: the daemon has the value, under the one name or the other.
expect() {
    case $newline$effective$newline in
    *"$newline$1|$2=$3$newline"* | *"$newline$1|${4-$2}=${5-$3}$newline"*) return 0 ;;
    esac
    found=$(printf '%s\n' "$effective" | grep -F -e "$1|$2=" -e "$1|${4-$2}=" | cut -d = -f 2- | head -n 1)
    failed containerd "containerd's effective configuration has another $2 in [$1]; wanted $3; found: $found"
}

check_plugins() {
    parts=io.containerd.grpc.v1:cri
    if [ "$schema" != 2 ]; then parts="$parts io.containerd.cri.v1:images io.containerd.cri.v1:runtime"; fi
    plugins=$(client plugins ls | awk '{ print $1 ":" $2, $NF }')
    for part in $parts "io.containerd.snapshotter.v1:$SNAPSHOTTER"; do
        case $newline$plugins$newline in
        *"$newline$part ok$newline"*) ;;
        *) failed containerd "containerd runs, but its plugin $part is not ok; see: ctr plugins ls -d" ;;
        esac
    done
}

# For import_once.
images_there() { ! client -n k8s.io images ls -q | sort | comm -13 - "$1" | grep -q .; }
import_images() {
    # Left by a run that was cut off, it says what was there before that one.
    [ -e "$imported.before" ] || client -n k8s.io images ls -q | sort >"$imported.before"
    run ctr --address "$root$SOCKET" -n k8s.io images import "$root$1" ||
        die "cannot import $1; is it an image archive (docker save, OCI layout) for this architecture?"
    client -n k8s.io images ls -q | sort | comm -13 "$imported.before" - | sed '/^$/d' >"$imported"
    each_line pin_image "$(cat "$imported")"
    rm -f "$imported.before"
}
# No registry has it, so the kubelet is not to remove it for want of space.
pin_image() {
    run ctr --address "$root$SOCKET" -n k8s.io images label "$1" io.cri-containerd.pinned=pinned ||
        die "cannot pin the image $1, which the kubelet could remove for want of space; see the lines above"
}

tell_facts() {
    fact version "$version"
    fact_json configVersion "$schema"
    fact sandboxImage "$SANDBOX_IMAGE"
    if $SYSTEMD_CGROUP; then runtime_facts systemd; else runtime_facts cgroupfs; fi
}

begin
read_secrets
look_first
remember
install_programs
configure
start_service
check_version
check_configuration
check_plugins
give_up_old_programs
each_line import_once "$IMAGE_ARCHIVES"
tell_facts
finish
