# CRI-O from an archive of upstream's layout or from a repository of packages, configured by drop-ins, running now and after
# every reboot, and the only container runtime on this host.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE runtime; by hand: ./hardway script NODE runtime | ssh HOST sudo sh
#
# SOURCE: release, mirror or repository. ARTIFACTS: see lib-artifacts. REPOSITORIES: text of a sources file. PROGRAM: crio.
# CONFIG_FILE, FILES, FILE_1 and so on: its files (own_files). EXPECTED: what `crio status config` must say for
# it, `TABLE|KEY=VALUE` a line. HANDLERS, DEVICES, MODULES: see lib-handlers.sh.
# CGROUP_DRIVER, SNAPSHOTTER, CNI_BIN_DIR, CNI_CONF_DIR. SOCKET: path of its socket. IMAGE_ARCHIVES: paths on this host, one a
# line, whose images are copied into CRI-O's storage; IMAGE_STORE, IMAGE_POLICY: that storage and policy.json, as skopeo takes them.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-daemon.sh
. ./lib-repositories.sh
. ./lib-cri.sh
SERVICES=crio.service
crio_unit=/etc/systemd/system/crio.service

look_first() {
    other_runtime_pods crio
    if [ "$SOURCE" = repository ]; then
        if [ -e "$root$crio_unit" ] && [ ! -e "$state/own$crio_unit" ]; then
            problem "$crio_unit would be used instead of the package's. Remove it"
        fi
    elif package_known cri-o; then
        case " $(recorded packages | tr '\n' ' ') " in
        *" cri-o "*) ;;
        *) problem "the package cri-o is installed, and would be mixed up with the archive's. Remove it, or use source repository" ;;
        esac
    fi
    artifact_problems
    handler_problems
    image_archive_problems
    refuse_problems
}

# For undo: which folders of CRI-O's were there, and whether its service ran.
remember() {
    if [ ! -e "$state/before" ]; then
        before=$(there_before /var/lib/containers /var/lib/crio /var/log/crio /etc/crio /etc/containers /run/containers /run/crio)
        record before " $before $(package_networks | tr '\n' ' ')"
        record service "$(systemctl is-enabled crio.service 2>/dev/null || :) $(systemctl is-active crio.service || :)"
    fi
    record socket "$SOCKET"
}

# package_networks: prints the files of the package's own pod network, one a line.
package_networks() {
    for file in "$root$CNI_CONF_DIR"/*crio*bridge.conf "$root$CNI_CONF_DIR"/*crio*bridge.conflist; do
        if [ -e "$file" ]; then printf '%s\n' "${file#"$root"}"; fi
    done
}

# Sets $daemon to the crio that is to run. Programs of releases lie beside what is in use until switch_to.
install_programs() {
    ran=false
    if systemctl is-active -q crio.service; then ran=true; fi
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
        install_companions
        PATH=$root${PROGRAM%/*}:$PATH
    fi
    # It makes this folder when it starts; so undo knows of it.
    own_dir /usr/share/containers/oci/hooks.d
    # A package starts it.
    if systemctl is-active -q crio.service; then ran=true; fi
}

# Upstream's archive has conmon and handlers in it; one that is built from CRI-O's source alone has not. As with the daemon, the
# archive's come first.
install_companions() {
    lacking=''
    for part in conmon $(printf '%s\n' "$HANDLERS" | awk '$3 !~ "^/" { print $3 }'); do
        [ -x "${daemon%/*}/$part" ] || lacking="$lacking $part"
    done
    # shellcheck disable=SC2086 # their packages are named like them
    [ -z "$lacking" ] || apt_install $lacking
}

take_away() {
    keep "$1"
    claim "$1"
    rm -f "$root$1"
}

configure() {
    # The package's own network would be the pods' until another file sorts before it, and again when that one goes.
    each_line take_away "$(package_networks)"
    IFS=$newline
    # shellcheck disable=SC2046 # paths, one a line
    set -- $(owned | grep 'crio.*bridge\.conf')
    unset IFS
    if [ -n "$REPOSITORIES" ]; then set -- "$@" "$sources"; fi
    switch_to "$@"
    for module in $MODULES; do load_module "$module"; done
    check_handlers
}

# Sets $version.
start_service() {
    disable_other_runtimes crio
    if differs "$crio_unit"; then run systemctl daemon-reload; fi
    enable_unit crio.service
    version=$("$daemon" --version | awk 'NR == 1 { print $3 }') && [ -n "$version" ] ||
        failed crio.service "$PROGRAM does not run; is it for this architecture?"
    if ! systemctl is-active -q crio.service; then
        will_change
        run systemctl reset-failed crio.service || :
        run systemctl start crio.service || failed crio.service "CRI-O $version does not start with the new configuration"
    elif [ -e "$state/worked/seen" ] || older_than crio.service "$CONFIG_FILE" || ! cri_call "$SOCKET" Version; then
        # One that hangs, or whose socket is gone, is of no use to anybody, and its containers outlive it.
        will_change
        run systemctl restart crio.service || failed crio.service "CRI-O $version does not start with the new configuration"
    fi
}

check_service() {
    cri_ready "$SOCKET" cri-o || failed crio.service "CRI-O $version does not answer the CRI on $SOCKET"
    effective=$("$daemon" status --socket "$root$SOCKET" config | flat_toml)
    wrong=$(unmet "$EXPECTED" "$effective")
    [ -z "$wrong" ] ||
        failed crio.service "CRI-O $version runs with another configuration than $CONFIG_FILE;" \
            "does a file that sorts later in that folder, or /etc/crio/crio.conf, say otherwise?$newline$wrong$newline"
}

# copy_images ARCHIVE: CRI-O has no import of its own; skopeo writes to the same storage.
copy_images() {
    names=$(skopeo list-tags "docker-archive:$root$1" </dev/null | sed -n 's/^ *"\([^"]*:[^"]*\)",\{0,1\}$/\1/p') && [ -n "$names" ] ||
        die "cannot read $1; is it an image archive (docker save) whose images have names?"
    for name in $names; do
        stored="containers-storage:$IMAGE_STORE$name"
        if skopeo inspect --config --raw "$stored" </dev/null >/dev/null; then continue; fi
        will_change
        tell "copying the image $name"
        run skopeo --policy "$root$IMAGE_POLICY" copy -q "docker-archive:$root$1:$name" "$stored" </dev/null ||
            die "cannot copy $name of $1 to CRI-O's storage; is it for this architecture?"
    done
}

import_images() {
    if [ -n "$IMAGE_ARCHIVES" ]; then command -v skopeo >/dev/null || apt_install skopeo; fi
    each_line copy_images "$IMAGE_ARCHIVES"
}

tell_facts() {
    fact version "$version"
    runtime_facts "$CGROUP_DRIVER"
}

begin
read_secrets
look_first
remember
install_programs
configure
start_service
check_service
give_up_old_programs
import_images
tell_facts
finish
