# containerd and its handlers, configured whole, running now and after every reboot.
# SOURCE: distro, release or mirror. ARTIFACTS: what is downloaded, see lib-artifacts. PACKAGES: the distribution's packages of
# the handlers. HANDLERS, DEVICES, MODULES: see lib-handlers.sh.
# CONFIG_FILE: its path. CONFIG_V2, CONFIG_V3: its text for containerd 1.x and 2.x, on standard input where it has secrets.
# FILES, FILE_1 ...: other files of ours, see own_files; a release's unit among them. SNAPSHOTTER, SYSTEMD_CGROUP (true or
# false), SANDBOX_IMAGE, DEFAULT_HANDLER, REGISTRY_FOLDER (empty for none), CNI_BIN_DIR, CNI_CONF_DIR: what the daemon must
# make of them.
# SOCKET: path of its socket. IMAGE_ARCHIVES: paths on this host, one a line, imported once each for pods to use.
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-handlers.sh
. ./lib-runtime.sh
. ./lib-site.sh
. ./lib-rollback.sh
. ./lib-releases.sh
begin
read_secrets
SERVICES=containerd
release_unit=/etc/systemd/system/containerd.service

problems=''
image_archive_problems
other_runtime_pods containerd
artifact_problems
missing=$(handler_problems)
problems="$problems${missing:+$newline$missing}"
# Docker's packages call it containerd.io, which has runc in it and conflicts with the distribution's own.
package=containerd
! package_known containerd.io || package=containerd.io
program=$(command -v containerd || :)
[ "$SOURCE" != distro ] || [ -z "$program" ] || [ -e "$state/own$release_unit" ] || package_known "$package" ||
    problems="$problems$newline- $program comes from no package, and would be mixed up with the distribution's containerd. Remove it"
# site_problems PROGRAM: what is said of containerd by others, see lib-site.sh; their pods run under it.
site_problems() {
    containerd_site_problems "$1" "$CONFIG_FILE" "$SOCKET" "$SNAPSHOTTER"
    if site_config "$CONFIG_FILE" && ! holds "$CONFIG_FILE" "$CONFIG_V2" && ! holds "$CONFIG_FILE" "$CONFIG_V3" && systemctl is-active -q containerd; then
        pods_left containerd "$(ctr --address "$root$SOCKET" --timeout 20s -n k8s.io tasks ls -q </dev/null | grep -c . || :)"
    fi
}
[ -z "$program" ] || site_problems "$program"
[ -z "$problems" ] || die "cannot be done on this host, nothing was changed:$problems"

# provide_programs: containerd and the handlers' programs are there; sets $daemon to the one that is to run. Those of releases
# lie beside what is in use until switch_to.
provide_programs() {
    case $SOURCE in
    distro)
        daemon=containerd
        set --
        [ "$package" != containerd ] || set -- containerd
        for name in $PACKAGES; do
            # containerd.io has it in it.
            [ "$package:$name" = containerd.io:runc ] || set -- "$@" "$name"
        done
        [ $# = 0 ] || apt_install "$@"
        # Releases that are about to go still come first on the PATH.
        [ ! -e "$state/own$release_unit" ] || daemon=$root/usr/bin/containerd
        ;;
    release | mirror) ;;
    *) die "the source $SOURCE is not known; wanted distro, release or mirror" ;;
    esac
    stage_programs
}

# --- programs ---
if [ ! -e "$state/before" ]; then
    # For undo: which folders of containerd's were there, and whether its service ran.
    record before " $(there_before /var/lib/containerd /opt/containerd /etc/containerd "$CONFIG_FILE")"
    record service "$(systemctl is-enabled containerd 2>/dev/null || :) $(systemctl is-active containerd || :)"
fi
record socket "$SOCKET"
record config "$CONFIG_FILE"
# Before the daemon starts for the first time, which would make them itself.
own_dir "$CNI_BIN_DIR"
own_dir "$CNI_CONF_DIR"
provide_programs
# What an earlier containerd's package left can be asked about only now.
[ -n "$program" ] || containerd_site_problems "$daemon" "$CONFIG_FILE" "$SOCKET" "$SNAPSHOTTER"
[ -z "$problems" ] || die "cannot be done on this host, no settings were changed:$problems"
# A package starts it.
ran=false
! systemctl is-active -q containerd || ran=true
for module in $MODULES; do load_module "$module"; done

# --- configuration ---
version=$("$daemon" --version | awk '{ sub("^v", "", $3); print $3 }')
case $version in
1.*) schema=2 config=$CONFIG_V2 ;;
2.*) schema=3 config=$CONFIG_V3 ;;
*) die "containerd $version is not supported; found by containerd --version; wanted 1.x or 2.x" ;;
esac
# Logins for registries are in it.
mode=0644
[ "${SECRETS-}" != stdin ] || mode=0600
holds "$CONFIG_FILE" "$config" || keep "$CONFIG_FILE"
own_file "$CONFIG_FILE" "$mode" "$config"
switch_to "$CONFIG_FILE"
check_handlers
# Registries' own files are read at each pull.
restart=false
[ -z "$(find "$state/worked/seen" ! -type d ! -name hosts.toml 2>/dev/null)" ] || restart=true

# --- service ---
client() { ctr --address "$root$SOCKET" --timeout 20s "$@" </dev/null; }
! differs "$release_unit" || run systemctl daemon-reload
disable_other_runtimes containerd
enable_unit containerd
if ! systemctl is-active -q containerd; then
    will_change
    run systemctl reset-failed containerd || :
    run systemctl start containerd || failed containerd "containerd $version does not start with the new configuration"
elif $restart || older_than containerd "$CONFIG_FILE" || ! client version; then
    will_change
    # One that hangs, or whose socket is gone, is of no use to anybody, and its containers outlive it.
    [ "$(systemctl show -p KillMode --value containerd)" = process ] ||
        die "restarting containerd would end every container, since its unit has not KillMode=process; remove the drop-in that says otherwise (systemctl cat containerd)"
    run systemctl restart containerd || failed containerd "containerd $version does not start with the new configuration"
fi

# --- effect ---
tries=0
until client version; do
    tries=$((tries + 1))
    [ "$tries" -lt 15 ] || failed containerd "containerd does not answer on $SOCKET"
    sleep 2
done
# The new one, and not one that was already there and could not be restarted.
running=$(client version | awk '/^Server:/ { server = 1 } server && $1 == "Version:" { sub("^v", "", $2); print $2; exit }')
[ -z "$running" ] || [ "$running" = "$version" ] || failed containerd "containerd $running answers on $SOCKET instead of $version"

# The whole configuration as the daemon reads it.
effective=$(containerd --config "$root$CONFIG_FILE" config dump | flat_toml)
# expect SECTION KEY VALUE [KEY VALUE]: the daemon has the value, under the one name or the other.
expect() {
    case $newline$effective$newline in
    *"$newline$1|$2=$3$newline"* | *"$newline$1|${4-$2}=${5-$3}$newline"*) ;;
    *) failed containerd "containerd's effective configuration has another $2 in [$1]; wanted $3; found: $(printf '%s\n' "$effective" | grep -F -e "$1|$2=" -e "$1|${4-$2}=" | cut -d = -f 2- | head -n 1)" ;;
    esac
}
if [ "$schema" = 2 ]; then
    images='plugins."io.containerd.grpc.v1.cri"' runtime='plugins."io.containerd.grpc.v1.cri"'
    expect "$images" sandbox_image "\"$SANDBOX_IMAGE\""
    expect "$images.containerd" snapshotter "\"$SNAPSHOTTER\""
    parts='io.containerd.grpc.v1:cri'
else
    images='plugins."io.containerd.cri.v1.images"' runtime='plugins."io.containerd.cri.v1.runtime"'
    expect "$images.pinned_images" sandbox "\"$SANDBOX_IMAGE\""
    expect "$images" snapshotter "\"$SNAPSHOTTER\""
    parts='io.containerd.grpc.v1:cri io.containerd.cri.v1:images io.containerd.cri.v1:runtime'
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
plugins=$(client plugins ls | awk '{ print $1 ":" $2, $NF }')
for part in $parts "io.containerd.snapshotter.v1:$SNAPSHOTTER"; do
    case $newline$plugins$newline in
    *"$newline$part ok$newline"*) ;;
    *) failed containerd "containerd runs, but its plugin $part is not ok; see: ctr plugins ls -d" ;;
    esac
done
settled
# shellcheck disable=SC2086 # a list of folders
drop_artifacts $trees

# --- images ---
while IFS= read -r archive; do
    [ -n "$archive" ] || continue
    hash=$(sha256sum <"$root$archive" | cut -d ' ' -f 1)
    present=$(client -n k8s.io images ls -q | sort)
    if [ -e "$state/images/$hash" ] && ! printf '%s\n' "$present" | sort | comm -13 - "$state/images/$hash" | grep -q .; then continue; fi
    will_change
    tell "importing the images of ${archive##*/}"
    run ctr --address "$root$SOCKET" -n k8s.io images import "$root$archive" || die "cannot import $archive; is it an image archive (docker save, OCI layout) for this architecture?"
    private_dir "$state/images"
    # Kept to import it again should somebody remove what it brought.
    client -n k8s.io images ls -q | sort >"$state/images/.after"
    printf '%s\n' "$present" | comm -13 - "$state/images/.after" | sed '/^$/d' >"$state/images/.names"
    mv -f "$state/images/.names" "$state/images/$hash"
    rm -f "$state/images/.after"
done <<END
$IMAGE_ARCHIVES
END

fact version "$version"
fact_json configVersion "$schema"
fact sandboxImage "$SANDBOX_IMAGE"
if $SYSTEMD_CGROUP; then runtime_facts systemd; else runtime_facts cgroupfs; fi
finish
