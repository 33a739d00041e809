# Docker Engine or Mirantis Container Runtime, and cri-dockerd, which answers the CRI for it; configured whole, running now
# and after every reboot, and the only container runtime on this host. Its containerd works for Docker alone: without a CRI.
# SOURCE: distro or repository. ENGINE: packages of the engine, the first of which names it. REPOSITORIES: text of a sources
# file. ARTIFACTS: see lib-artifacts; without cri-dockerd its package is installed. CRI_DOCKERD: its program. CONFIG_FILE,
# FILES, FILE_1 and so on: daemon.json and cri-dockerd's units (own_files). CONTAINERD_V2, CONTAINERD_V3: containerd's
# configuration for 1.x and 2.x. HANDLERS: see lib-handlers.sh. PACKAGES: what handlers come with. DEFAULT_HANDLER, CGROUP_DRIVER,
# STORAGE_DRIVER: what Docker must make of it. SNAPSHOTTER, CNI_BIN_DIR, CNI_CONF_DIR. SOCKET: path of the CRI's socket.
# IMAGE_ARCHIVES: paths on this host, one a line, loaded once each.
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-handlers.sh
. ./lib-runtime.sh
. ./lib-site.sh
. ./lib-rollback.sh
. ./lib-releases.sh
. ./lib-repositories.sh
. ./lib-cri.sh
begin
SERVICES='containerd.service docker.service cri-docker.socket cri-docker.service'
containerd_config=/etc/containerd/config.toml

# --- everything is looked at before anything is written ---
problems=''
other_runtime_pods docker containerd
# containerd stays, but its pods would not.
if [ ! -e "$state/own$containerd_config" ] && systemctl is-active -q containerd.service && command -v ctr >/dev/null; then
    pods_left containerd "$(ctr --timeout 20s -n k8s.io tasks ls -q </dev/null | grep -c . || :)"
fi
wanted=${ENGINE%% *} engine=''
for package in docker.io docker-ce docker-ee moby-engine; do
    ! package_known "$package" || engine=$package
done
[ -z "$engine" ] || [ "$engine" = "$wanted" ] || [ "$SOURCE" = distro ] ||
    problems="$problems$newline- the package $engine is installed, which $wanted would replace. Remove it"
artifact_problems
image_archive_problems
ran=false
! systemctl is-active -q docker.service || ran=true
# Ours has live-restore; that of others may not.
if $ran && [ ! -e "$state/own$CONFIG_FILE" ] && [ "$(docker info --format '{{.LiveRestoreEnabled}}' </dev/null)" != true ] && [ -n "$(docker ps -q </dev/null)" ]; then
    problems="$problems$newline- Docker runs containers and has to be restarted, which would end them: $(docker ps --format '{{.Names}}' </dev/null | tr '\n' ' '). Stop them, or set live-restore in $CONFIG_FILE first"
fi
docker_site_problems "$CONFIG_FILE" "$STORAGE_DRIVER"
! program=$(command -v containerd) || containerd_site_problems "$program" "$containerd_config" /run/containerd/containerd.sock ''
[ -z "$problems" ] || die "cannot be done on this host, nothing was changed:$problems"

# --- programs ---
if [ ! -e "$state/before" ]; then
    # For undo: which folders were there, and what ran.
    before=$(there_before /var/lib/docker /var/lib/cri-dockerd /var/lib/containerd /opt/containerd /etc/docker /etc/containerd /run/docker)
    record before " $before$(there_before "$containerd_config")"
    record services "$(unit_states docker.service docker.socket containerd.service)"
    record engine "${engine:-$wanted}"
fi
own_dir "$CNI_BIN_DIR"
own_dir "$CNI_CONF_DIR"
own_repositories
if [ -n "$engine" ] && [ "$engine" != "$wanted" ]; then wanted=''; fi
# curl: to ask the CRI.
needed="curl $PACKAGES"
if [ "$SOURCE" = distro ]; then
    # An engine that is there already, Docker's own packages for one, is as good.
    # shellcheck disable=SC2086 # a list of words
    apt_install $needed ${wanted:+$ENGINE}
    # Debian has had the client in a package of its own since 13.
    command -v docker >/dev/null || apt_install docker-cli
else
    # shellcheck disable=SC2086
    apt_install $needed
    [ -n "$ARTIFACTS" ] || ENGINE="$ENGINE cri-dockerd"
    # shellcheck disable=SC2086
    repository_install $ENGINE
fi
stage_programs
[ -n "$ARTIFACTS" ] || [ -x "$root$CRI_DOCKERD" ] || die "there is no $CRI_DOCKERD; the package cri-dockerd does not bring it"

# --- configuration ---
version=$(containerd --version | awk '{ sub("^v", "", $3); print $3 }')
case $version in
1.*) containerd_text=$CONTAINERD_V2 ;;
2.*) containerd_text=$CONTAINERD_V3 ;;
*) die "containerd $version is not supported; found by containerd --version; wanted 1.x or 2.x" ;;
esac
holds "$containerd_config" "$containerd_text" || keep "$containerd_config"
own_file "$containerd_config" 0644 "$containerd_text"
set -- "$containerd_config"
[ -z "$REPOSITORIES" ] || set -- "$@" "$sources"
switch_to "$@"
check_handlers

# --- services ---
disable_other_runtimes docker containerd
restarts=''
! differs "$containerd_config" || restarts='containerd.service docker.service'
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
if [ -n "$restarts" ]; then
    will_change
    # shellcheck disable=SC2086 # a list of words
    run systemctl reset-failed $restarts || :
    # shellcheck disable=SC2086
    if ! run systemctl restart $restarts; then
        for unit in containerd.service docker.service; do
            systemctl is-active -q "$unit" || failed "$unit" "$unit does not start with the new configuration"
        done
        failed cri-docker.service "cri-dockerd does not start with the new configuration"
    fi
fi

# --- effect ---
tries=0
until version=$(docker version --format '{{.Server.Version}}' </dev/null); do
    tries=$((tries + 1))
    [ "$tries" -lt 15 ] || failed docker.service "Docker does not answer"
    sleep 2
done
wrong=''
# A cgroup driver that is not the kubelet's shows itself by nothing else.
docker info --format 'cgroup driver={{.CgroupDriver}}
storage driver={{.Driver}}
default handler={{.DefaultRuntime}}
{{range $name, $runtime := .Runtimes}}handler={{$name}}
{{end}}' </dev/null >"$state/info"
while IFS= read -r expected; do
    [ -n "$expected" ] || continue
    grep -qxF -e "$expected" "$state/info" || wrong="$wrong$newline- wanted $expected; found: $(grep -e "^${expected%%=*}=" "$state/info" | cut -d = -f 2- | tr '\n' ' ')"
done <<END
cgroup driver=$CGROUP_DRIVER
storage driver=$STORAGE_DRIVER
default handler=$DEFAULT_HANDLER
$(printf '%s\n' "$HANDLERS" | awk 'NF { print "handler=" $1 }')
END
rm -f "$state/info"
[ -z "$wrong" ] || failed docker.service "Docker $version runs with another configuration than $CONFIG_FILE; do options of its unit (systemctl cat docker) say otherwise?$wrong$newline"
! ctr --timeout 20s plugins ls </dev/null | awk '$2 == "cri" && $NF == "ok" { found = 1 } END { exit !found }' ||
    failed containerd.service "containerd still answers the CRI, besides cri-dockerd; see containerd config dump"
cri_ready "$SOCKET" docker || failed cri-docker.service "cri-dockerd does not answer the CRI on $SOCKET"
settled
# shellcheck disable=SC2086 # a list of folders
drop_artifacts $trees

# --- images ---
while IFS= read -r archive; do
    [ -n "$archive" ] || continue
    hash=$(sha256sum <"$root$archive" | cut -d ' ' -f 1)
    # shellcheck disable=SC2046 # names of images have no spaces
    if [ -s "$state/images/$hash" ] && docker image inspect $(cat "$state/images/$hash") </dev/null >/dev/null; then continue; fi
    will_change
    tell "loading the images of ${archive##*/}"
    private_dir "$state/images"
    # Kept to load it again should somebody remove what it brought.
    docker load -q -i "$root$archive" </dev/null >"$state/images/.said" || die "cannot load $archive; is it an image archive (docker save) for this architecture?"
    sed -n 's/^Loaded image\( ID\)\{0,1\}: //p' "$state/images/.said" >"$state/images/.names"
    mv -f "$state/images/.names" "$state/images/$hash"
    rm -f "$state/images/.said"
done <<END
$IMAGE_ARCHIVES
END

fact version "$version"
fact criDockerd "$("$root$CRI_DOCKERD" --version 2>&1 | awk 'NR == 1 { print $2 }')"
runtime_facts "$CGROUP_DRIVER"
finish
