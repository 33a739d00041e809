# Docker Engine or Mirantis Container Runtime, and cri-dockerd, which answers the CRI for it; configured whole, running now
# and after every reboot, and the only container runtime on this host. Its containerd works for Docker alone: without a CRI.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE runtime; by hand: ./hardway script NODE runtime | ssh HOST sudo sh
#
# SOURCE: distro or repository. ENGINE: packages of the engine, the first of which names it. REPOSITORIES: text of a sources
# file. ARTIFACTS: see lib-artifacts; without cri-dockerd its package is installed. CRI_DOCKERD: its program. CONFIG_FILE,
# FILES, FILE_1 and so on: daemon.json and cri-dockerd's units (own_files). CONTAINERD_V2, CONTAINERD_V3: containerd's
# configuration for 1.x and 2.x. HANDLERS: see lib-handlers.sh. PACKAGES: what handlers come with. DEFAULT_HANDLER, CGROUP_DRIVER,
# STORAGE_DRIVER: what Docker must make of it. SNAPSHOTTER, CNI_BIN_DIR, CNI_CONF_DIR. SOCKET: path of the CRI's socket.
# IMAGE_ARCHIVES: paths on this host, one a line, loaded once each.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-daemon.sh
. ./lib-site.sh
. ./lib-repositories.sh
. ./lib-cri.sh
SERVICES='containerd.service docker.service cri-docker.socket cri-docker.service'
containerd_config=/etc/containerd/config.toml

look_first() {
    other_runtime_pods docker containerd
    # containerd stays, but its pods would not.
    if [ ! -e "$state/own$containerd_config" ] && systemctl is-active -q containerd.service && command -v ctr >/dev/null; then
        pods_left containerd "$(ctr --timeout 20s -n k8s.io tasks ls -q </dev/null | grep -c . || :)"
    fi
    wanted=${ENGINE%% *} engine=''
    for package in docker.io docker-ce docker-ee moby-engine; do
        if package_known "$package"; then engine=$package; fi
    done
    if [ "$SOURCE" != distro ] && [ -n "$engine" ] && [ "$engine" != "$wanted" ]; then
        problem "the package $engine is installed, which $wanted would replace. Remove it"
    fi
    artifact_problems
    image_archive_problems
    ran=false
    if systemctl is-active -q docker.service; then ran=true; fi
    # Ours has live-restore; that of others may not.
    if $ran && [ ! -e "$state/own$CONFIG_FILE" ] && [ "$(docker info --format '{{.LiveRestoreEnabled}}' </dev/null)" != true ] &&
        [ -n "$(docker ps -q </dev/null)" ]; then
        problem "Docker runs containers and has to be restarted, which would end them:" \
            "$(docker ps --format '{{.Names}}' </dev/null | tr '\n' ' '). Stop them, or set live-restore in $CONFIG_FILE first"
    fi
    docker_site_problems "$CONFIG_FILE" "$STORAGE_DRIVER"
    if program=$(command -v containerd); then
        containerd_site_problems "$program" "$containerd_config" /run/containerd/containerd.sock ''
    fi
    refuse_problems
}

# For undo: which folders were there, and what ran.
remember() {
    if [ -e "$state/before" ]; then return 0; fi
    before=$(there_before /var/lib/docker /var/lib/cri-dockerd /var/lib/containerd /opt/containerd /etc/docker /etc/containerd /run/docker)
    record before " $before$(there_before "$containerd_config")"
    record services "$(unit_states docker.service docker.socket containerd.service)"
    record engine "${engine:-$wanted}"
}

install_programs() {
    own_dir "$CNI_BIN_DIR"
    own_dir "$CNI_CONF_DIR"
    own_repositories
    # curl: to ask the CRI.
    needed="curl $PACKAGES"
    if [ "$SOURCE" = distro ]; then
        # An engine that is there already, Docker's own packages for one, is as good.
        if [ -n "$engine" ] && [ "$engine" != "$wanted" ]; then wanted=''; fi
        # shellcheck disable=SC2086 # a list of words
        apt_install $needed ${wanted:+$ENGINE}
        # Debian has had the client in a package of its own since 13.
        command -v docker >/dev/null || apt_install docker-cli
    else
        # shellcheck disable=SC2086
        apt_install $needed
        if [ -z "$ARTIFACTS" ]; then ENGINE="$ENGINE cri-dockerd"; fi
        # shellcheck disable=SC2086
        repository_install $ENGINE
    fi
    stage_programs
    if [ -z "$ARTIFACTS" ]; then
        [ -x "$root$CRI_DOCKERD" ] || die "there is no $CRI_DOCKERD; the package cri-dockerd does not bring it"
    fi
}

configure() {
    own_containerd_config containerd "$containerd_config" 0644 "$CONTAINERD_V2" "$CONTAINERD_V3"
    set -- "$containerd_config"
    if [ -n "$REPOSITORIES" ]; then set -- "$@" "$sources"; fi
    switch_to "$@"
    check_handlers
}

start_services() {
    disable_other_runtimes docker containerd
    restarts=''
    if differs "$containerd_config"; then restarts='containerd.service docker.service'; fi
    if differs "$CONFIG_FILE" || older_than docker.service "$CONFIG_FILE"; then restarts=${restarts:-docker.service}; fi
    if [ -e "$state/worked/seen" ]; then
        run systemctl daemon-reload
        # It asks Docker for its drivers and handlers when it starts.
        restarts="$restarts cri-docker.socket cri-docker.service"
    fi
    for unit in containerd.service docker.socket docker.service cri-docker.socket cri-docker.service; do
        enable_unit "$unit"
        if ! systemctl is-active -q "$unit"; then
            case " $restarts " in *" $unit "*) ;; *) restarts="$restarts $unit" ;; esac
        fi
    done
    # One that hangs, or whose socket is gone, is of no use to anybody, and containers outlive it.
    if [ -z "$restarts" ] && ! timeout 20 docker version --format '{{.Server.Version}}' </dev/null; then
        restarts='docker.socket docker.service cri-docker.socket cri-docker.service'
    elif [ -z "$restarts" ] && ! cri_call "$SOCKET" Version; then
        restarts='cri-docker.socket cri-docker.service'
    fi
    [ -z "$restarts" ] || restart_services
}

restart_services() {
    will_change
    # shellcheck disable=SC2086 # a list of words
    run systemctl reset-failed $restarts || :
    # shellcheck disable=SC2086
    if run systemctl restart $restarts; then return 0; fi
    for unit in containerd.service docker.service; do
        systemctl is-active -q "$unit" || failed "$unit" "$unit does not start with the new configuration"
    done
    failed cri-docker.service "cri-dockerd does not start with the new configuration"
}

# Sets $version.
docker_version() { version=$(docker version --format '{{.Server.Version}}' </dev/null); }

check_docker() {
    wait_for 15 2 docker_version || failed docker.service "Docker does not answer"
    # A cgroup driver that is not the kubelet's shows itself by nothing else.
    effective=$(docker info --format 'cgroup driver={{.CgroupDriver}}
storage driver={{.Driver}}
default handler={{.DefaultRuntime}}
{{range $name, $runtime := .Runtimes}}handler={{$name}}
{{end}}' </dev/null)
    wrong=$(unmet "cgroup driver=$CGROUP_DRIVER
storage driver=$STORAGE_DRIVER
default handler=$DEFAULT_HANDLER
$(printf '%s\n' "$HANDLERS" | awk 'NF { print "handler=" $1 }')" "$effective")
    [ -z "$wrong" ] ||
        failed docker.service "Docker $version runs with another configuration than $CONFIG_FILE;" \
            "do options of its unit (systemctl cat docker) say otherwise?$newline$wrong$newline"
}

# cri-dockerd answers the CRI, and nobody else.
check_cri() {
    if ctr --timeout 20s plugins ls </dev/null | awk '$2 == "cri" && $NF == "ok" { found = 1 } END { exit !found }'; then
        failed containerd.service "containerd still answers the CRI, besides cri-dockerd; see containerd config dump"
    fi
    cri_ready "$SOCKET" docker || failed cri-docker.service "cri-dockerd does not answer the CRI on $SOCKET"
}

# For import_once.
images_there() {
    # shellcheck disable=SC2046 # names of images have no spaces
    [ -s "$1" ] && docker image inspect $(cat "$1") </dev/null >/dev/null
}
import_images() {
    docker load -q -i "$root$1" </dev/null >"$imported.said" ||
        die "cannot load $1; is it an image archive (docker save) for this architecture?"
    sed -n 's/^Loaded image\( ID\)\{0,1\}: //p' "$imported.said" >"$imported"
    rm -f "$imported.said"
}

tell_facts() {
    fact version "$version"
    fact criDockerd "$("$root$CRI_DOCKERD" --version 2>&1 | awk 'NR == 1 { print $2 }')"
    runtime_facts "$CGROUP_DRIVER"
}

begin
look_first
remember
install_programs
configure
start_services
check_docker
check_cri
give_up_old_programs
each_line import_once "$IMAGE_ARCHIVES"
tell_facts
finish
