# CRI-O from an archive of upstream's layout or from a repository of packages, configured by drop-ins, running now and after
# every reboot, and the only container runtime on this host.
# SOURCE: release, mirror or repository. ARTIFACTS: see lib-artifacts. REPOSITORIES: text of a sources file. PROGRAM: crio.
# CONFIG_FILE, FILES, FILE_1 and so on: its files (own_files). EXPECTED: what `crio status config` must say for
# it, `TABLE|KEY=VALUE` a line. HANDLERS, DEVICES, MODULES: see lib-handlers.sh.
# CGROUP_DRIVER, SNAPSHOTTER, CNI_BIN_DIR, CNI_CONF_DIR. SOCKET: path of its socket. IMAGE_ARCHIVES: paths on this host, one a
# line, whose images are copied into CRI-O's storage; IMAGE_STORE, IMAGE_POLICY: that storage and policy.json, as skopeo takes them.
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-handlers.sh
. ./lib-runtime.sh
. ./lib-rollback.sh
. ./lib-releases.sh
. ./lib-repositories.sh
. ./lib-cri.sh
begin
read_secrets
SERVICES=crio.service

# --- everything is looked at before anything is written ---
problems=''
other_runtime_pods crio
if [ "$SOURCE" = repository ]; then
    [ ! -e "$root/etc/systemd/system/crio.service" ] || [ -e "$state/own/etc/systemd/system/crio.service" ] ||
        problems="$problems$newline- /etc/systemd/system/crio.service would be used instead of the package's. Remove it"
else
    ! package_known cri-o || case " $(recorded packages | tr '\n' ' ') " in
    *" cri-o "*) ;;
    *) problems="$problems$newline- the package cri-o is installed, and would be mixed up with the archive's. Remove it, or use source repository" ;;
    esac
fi
artifact_problems
missing=$(handler_problems)
problems="$problems${missing:+$newline$missing}"
image_archive_problems
[ -z "$problems" ] || die "cannot be done on this host, nothing was changed:$problems"

# --- programs ---
if [ ! -e "$state/before" ]; then
    # For undo: which folders of CRI-O's were there, and whether its service ran.
    before=$(there_before /var/lib/containers /var/lib/crio /var/log/crio /etc/crio /etc/containers /run/containers /run/crio)
    for file in "$root$CNI_CONF_DIR"/*crio*bridge.conf "$root$CNI_CONF_DIR"/*crio*bridge.conflist; do
        [ ! -e "$file" ] || before="$before ${file#"$root"}"
    done
    record before " $before "
    record service "$(systemctl is-enabled crio.service 2>/dev/null || :) $(systemctl is-active crio.service || :)"
fi
record socket "$SOCKET"
ran=false
! systemctl is-active -q crio.service || ran=true
own_dir "$CNI_BIN_DIR"
own_dir "$CNI_CONF_DIR"
# iptables: for host ports, as upstream's packages require it. curl: to ask the CRI.
apt_install curl iptables
own_repositories
stage_programs
if [ "$SOURCE" = repository ]; then
    repository_install cri-o
    daemon=crio
else
    # Upstream's archive has these in it; one that is built from CRI-O's source alone has not. As with the daemon, the archive's
    # come first.
    lacking=''
    for part in conmon $(printf '%s\n' "$HANDLERS" | awk '$3 !~ "^/" { print $3 }'); do
        [ -x "${daemon%/*}/$part" ] || lacking="$lacking $part"
    done
    # shellcheck disable=SC2086 # their packages are named like them
    [ -z "$lacking" ] || apt_install $lacking
    PATH=$root${PROGRAM%/*}:$PATH
fi
# It makes this folder when it starts; so undo knows of it.
own_dir /usr/share/containers/oci/hooks.d

# A package starts it.
! systemctl is-active -q crio.service || ran=true

# --- configuration ---
# The package's own network would be the pods' until another file sorts before it, and again when that one goes.
for file in "$root$CNI_CONF_DIR"/*crio*bridge.conf "$root$CNI_CONF_DIR"/*crio*bridge.conflist; do
    [ -e "$file" ] || continue
    file=${file#"$root"}
    keep "$file"
    claim "$file"
    rm -f "$root$file"
done
IFS=$newline
# shellcheck disable=SC2046 # paths, one a line
set -- $(owned | grep 'crio.*bridge\.conf')
unset IFS
[ -z "$REPOSITORIES" ] || set -- "$@" "$sources"
switch_to "$@"
for module in $MODULES; do load_module "$module"; done
check_handlers

# --- service ---
disable_other_runtimes crio
if differs /etc/systemd/system/crio.service; then run systemctl daemon-reload; fi
enable_unit crio.service
version=$("$daemon" --version | awk 'NR == 1 { print $3 }') && [ -n "$version" ] || failed crio.service "$PROGRAM does not run; is it for this architecture?"
if ! systemctl is-active -q crio.service; then
    will_change
    run systemctl reset-failed crio.service || :
    run systemctl start crio.service || failed crio.service "CRI-O $version does not start with the new configuration"
elif [ -e "$state/worked/seen" ] || older_than crio.service "$CONFIG_FILE" || ! cri_call "$SOCKET" Version; then
    # One that hangs, or whose socket is gone, is of no use to anybody, and its containers outlive it.
    will_change
    run systemctl restart crio.service || failed crio.service "CRI-O $version does not start with the new configuration"
fi

# --- effect ---
cri_ready "$SOCKET" cri-o || failed crio.service "CRI-O $version does not answer the CRI on $SOCKET"
effective=$("$daemon" status --socket "$root$SOCKET" config | flat_toml)
wrong=''
while IFS= read -r expected; do
    case $newline$effective$newline in
    *"$newline$expected$newline"*) ;;
    *) wrong="$wrong$newline- wanted $expected; found: $(printf '%s\n' "$effective" | grep -F -e "${expected%%=*}=" | head -n 1)" ;;
    esac
done <<END
$EXPECTED
END
[ -z "$wrong" ] || failed crio.service "CRI-O $version runs with another configuration than $CONFIG_FILE; does a file that sorts later in that folder, or /etc/crio/crio.conf, say otherwise?$wrong$newline"
settled
# shellcheck disable=SC2086 # a list of folders
drop_artifacts $trees

# --- images ---
# CRI-O has no import of its own; skopeo writes to the same storage.
[ -z "$IMAGE_ARCHIVES" ] || command -v skopeo >/dev/null || apt_install skopeo
while IFS= read -r archive; do
    [ -n "$archive" ] || continue
    names=$(skopeo list-tags "docker-archive:$root$archive" </dev/null | sed -n 's/^ *"\([^"]*:[^"]*\)",\{0,1\}$/\1/p') && [ -n "$names" ] ||
        die "cannot read $archive; is it an image archive (docker save) whose images have names?"
    for name in $names; do
        stored="containers-storage:$IMAGE_STORE$name"
        ! skopeo inspect --config --raw "$stored" </dev/null >/dev/null || continue
        will_change
        tell "copying the image $name"
        run skopeo --policy "$root$IMAGE_POLICY" copy -q "docker-archive:$root$archive:$name" "$stored" </dev/null ||
            die "cannot copy $name of $archive to CRI-O's storage; is it for this architecture?"
    done
done <<END
$IMAGE_ARCHIVES
END

fact version "$version"
runtime_facts "$CGROUP_DRIVER"
finish
