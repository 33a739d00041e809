# CRI-O from an archive of upstream's layout or from a repository of packages, configured by drop-ins, running now and after
# every reboot, and the only container runtime on this host.
# SOURCE: release, mirror or repository. ARCHIVES: `ARCHITECTURE URL SHA256` a line. REPOSITORIES: text of a sources file.
# PROGRAM: crio. CONFIG_FILE, FILES, FILE_1 and so on: its files (own_files). EXPECTED: what `crio status config` must say for
# it, `TABLE|KEY=VALUE` a line. HANDLERS, DEVICES, MODULES: see lib-handlers.sh. PACKAGES: what handlers come with.
# CGROUP_DRIVER, SNAPSHOTTER, CNI_BIN_DIR, CNI_CONF_DIR. SOCKET: path of its socket.
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-modules.sh
. ./lib-handlers.sh
. ./lib-runtime.sh
. ./lib-rollback.sh
. ./lib-programs.sh
. ./lib-cri.sh
begin
read_secrets
SERVICES=crio.service
link=/opt/hardway/crio/current

# --- everything is looked at before anything is written ---
problems=''
other_runtime_pods crio
if [ "$SOURCE" = repository ]; then
    [ ! -e "$root/etc/systemd/system/crio.service" ] || [ -e "$state/own/etc/systemd/system/crio.service" ] ||
        problems="$problems$newline- /etc/systemd/system/crio.service would be used instead of the package's. Remove it"
else
    fitting_archive || problems="$problems$newline- there is no archive of CRI-O for $machine among: $(printf '%s' "$ARCHIVES" | tr '\n' ' '). Add one"
    ! package_known cri-o || case " $(recorded packages | tr '\n' ' ') " in
    *" cri-o "*) ;;
    *) problems="$problems$newline- the package cri-o is installed, and would be mixed up with the archive's. Remove it, or use source repository" ;;
    esac
fi
missing=$(handler_problems)
problems="$problems${missing:+$newline$missing}"
kata=$(printf '%s\n' "$HANDLERS" | awk '$1 == "kata" { print $3 }')
[ -z "$kata" ] || [ -x "$root$kata" ] || problems="$problems$newline- there is no $kata. Install Kata Containers' archive, or take kata off the list"
[ -z "$problems" ] || die "cannot be done on this host, nothing was changed:$problems"

# --- programs ---
if [ ! -e "$state/before" ]; then
    # For undo: which folders of CRI-O's were there, and whether its service ran.
    before=''
    for folder in /var/lib/containers /var/lib/crio /var/log/crio /etc/crio /etc/containers /run/containers /run/crio; do
        [ ! -e "$root$folder" ] || before="$before $folder"
    done
    for file in "$root$CNI_CONF_DIR"/*crio*bridge.conf "$root$CNI_CONF_DIR"/*crio*bridge.conflist; do
        [ ! -e "$file" ] || before="$before ${file#"$root"}"
    done
    record before "$before "
    record service "$(systemctl is-enabled crio.service 2>/dev/null || :) $(systemctl is-active crio.service || :)"
fi
record socket "$SOCKET"
ran=false
! systemctl is-active -q crio.service || ran=true
own_dir "$CNI_BIN_DIR"
own_dir "$CNI_CONF_DIR"
# iptables: for host ports, as upstream's packages require it. curl: to ask the CRI.
needed="curl iptables $PACKAGES"
own_repositories
tree_used=''
if [ "$SOURCE" = repository ]; then
    # shellcheck disable=SC2086 # a list of words
    apt_install $needed
    repository_install cri-o
else
    # shellcheck disable=SC2086
    apt_install $needed
    own_program /opt/hardway/crio tar.gz "$link" /cri-o
    for part in crio pinns; do
        [ -x "$root$tree_used/cri-o/bin/$part" ] || die "$url has no cri-o/bin/$part; it is not an archive of CRI-O as upstream makes them"
    done
    # Upstream's archive has these in it; one that is built from CRI-O's source alone has not. As with the daemon, the archive's
    # come first.
    lacking=''
    for part in conmon $(printf '%s\n' "$HANDLERS" | awk '$3 !~ "^/" { print $3 }'); do
        [ -x "$root$tree_used/cri-o/bin/$part" ] || lacking="$lacking $part"
    done
    # shellcheck disable=SC2086 # their packages are named like them
    [ -z "$lacking" ] || apt_install $lacking
    PATH=$root$link/bin:$PATH
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
keep_files
own_files
IFS=$newline
# shellcheck disable=SC2046 # paths, one a line
set -- $(owned | grep 'crio.*bridge\.conf')
unset IFS
disown_unused "$link" "$@"
for module in $MODULES; do load_module "$module"; done
check_handlers

# --- service ---
disable_other_runtimes crio
if differs /etc/systemd/system/crio.service; then run systemctl daemon-reload; fi
enable_unit crio.service
case $PROGRAM in /*) crio=$root$PROGRAM ;; *) crio=$PROGRAM ;; esac
version=$("$crio" --version | awk 'NR == 1 { print $3 }') && [ -n "$version" ] || failed crio.service "$PROGRAM does not run; is it for this architecture?"
if ! systemctl is-active -q crio.service; then
    will_change
    run systemctl reset-failed crio.service || :
    run systemctl start crio.service || failed crio.service "CRI-O $version does not start with the new configuration"
elif [ -e "$state/worked/seen" ]; then
    run systemctl restart crio.service || failed crio.service "CRI-O $version does not start with the new configuration"
fi

# --- effect ---
cri_ready "$SOCKET" cri-o || failed crio.service "CRI-O $version does not answer the CRI on $SOCKET"
effective=$("$crio" status --socket "$root$SOCKET" config | awk '
    { gsub(/^[ \t]+|[ \t]+$/, "") }
    /^\[/ { section = substr($0, 2, length($0) - 2); next }
    { at = index($0, " = "); if (at) print section "|" substr($0, 1, at - 1) "=" substr($0, at + 3) }')
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
# shellcheck disable=SC2086 # nothing where no archive is used
drop_artifacts $tree_used

fact version "$version"
runtime_facts "$CGROUP_DRIVER"
finish
