# The kubelet of a worker, registered with the cluster, running now and after every reboot; crictl, to look at what it does; and
# images that no registry has.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE kubelet; by hand: ./hardway script NODE kubelet | ssh HOST sudo sh
#
# SERVICES, SERVICE_FILES, FILES, FILE_1 and so on, ARTIFACTS: see lib-services. Keys and certificates are on standard input.
# SYSCTLS: key=value lines that the kubelet needs. NODE: name of its Node. SERVER: URL of an API server. FOLDER: its folder, with
# ca.crt, kubelet.crt and kubelet.key. DROP_INS: folder of drop-ins of its configuration. SOCKET: the runtime's CRI endpoint. API_PORT, HEALTH_PORT: where it listens.
# IMAGES: see lib-images.
#
# The steps in their order are at the end.
. ./lib-services.sh
. ./lib-sysctl.sh
. ./lib-images.sh

look_first() {
    artifact_problems
    older_problems kubelet
    runtime_problems
    foreign_unit_problems
    port_problems kubelet "$API_PORT" "$HEALTH_PORT"
    if [ "$(cgroup_version)" != 2 ]; then
        problem "this host has cgroup v1, with which the kubelet does not start. Boot it with systemd.unified_cgroup_hierarchy=1"
    fi
    swap=$(awk 'NR > 1 { printf " %s", $1 }' "$root/proc/swaps")
    [ -z "$swap" ] || problem "swap is on:$swap. Switch it off (swapoff -a), or run the kernel's step again"
    look_at_sysctls
    refuse_problems
}

# From 1.38 on it asks the runtime for the cgroup driver, and containerd 1 does not know the question.
runtime_problems() {
    case $SOCKET in *containerd.sock) ;; *) return 0 ;; esac
    artifact_line kubelet || return 0
    minor=${tree_line#*.} minor=${minor%%.*}
    if [ "$minor" -lt 38 ]; then return 0; fi
    containerd_version=$(containerd --version 2>/dev/null | awk '{ print $3 }')
    case $containerd_version in
    1.* | v1.*) problem "kubelet ${tree_line%% *} needs containerd 2 or newer; found $containerd_version. Take a newer containerd, or an older Kubernetes" ;;
    esac
}

# It would not start (protectKernelDefaults), and does not set them, so that whoever did gives them back.
look_at_sysctls() {
    while IFS='=' read -r key wanted; do
        [ -n "$key" ] || continue
        sysctl_read "$key" || value='not there'
        [ "$value" = "$wanted" ] || problem "the sysctl $key is $value, and the kubelet needs $wanted. Run the kernel's step again"
    done <<END
$SYSCTLS
END
}

# What undo needs is written down before the kubelet starts: a run may be cut off.
remember() {
    [ "$(recorded socket)" = "$SOCKET" ] || save "$state/socket" "$SOCKET"
    # Not again: a kubelet's volumes may hold a great many files.
    [ -e "$state/before" ] || save "$state/before" "$(cd "$root/" && find var/lib/kubelet/ var/log/pods/ var/log/containers/ -xdev -mindepth 1 2>/dev/null | sed "s|^|/|")"
    for folder in /var/lib/kubelet /var/log/pods /var/log/containers /usr/libexec/kubernetes/kubelet-plugins/volume/exec; do own_dir "$folder"; done
}

# Where systemd-resolved runs, /etc/resolv.conf names it on loopback, which in a pod is the pod: a DNS server there would ask itself.
own_resolver() {
    resolver=/etc/resolv.conf
    if [ -e "$root/run/systemd/resolve/resolv.conf" ] && systemctl is-active -q systemd-resolved; then
        resolver=/run/systemd/resolve/resolv.conf
    fi
    drop_in=$DROP_INS/10-resolver.conf
    # shellcheck disable=SC2034 # read by eval
    drop_text="apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
resolvConf: $resolver
"
    # On the list, it is kept and given up as the others are, and a change restarts the kubelet.
    file_number=$(($(file_paths | wc -l) + 1))
    FILES="$FILES${newline}0644 $drop_in"
    SERVICE_FILES="$SERVICE_FILES${newline}kubelet $drop_in"
    eval "FILE_$file_number=\$drop_text"
}

check_kubelet() {
    await kubelet 120 2 "the kubelet does not get healthy" healthy "http://127.0.0.1:$HEALTH_PORT/healthz"
    tell "waiting for the Node"
    boot=$(cat "$root/proc/sys/kernel/random/boot_id")
    await kubelet 120 2 "the API server at $SERVER does not have the Node $NODE of this boot" node_is_there
    version=$("$root$(program_link kubelet)" --version | awk '{ print $2 }')
}
# One may be left of an earlier machine of this name, or of this one before it was booted.
node_is_there() {
    answer_of "$SERVER/api/v1/nodes/$NODE" --cacert "$root$FOLDER/ca.crt" --cert "$root$FOLDER/kubelet.crt" --key "$root$FOLDER/kubelet.key" |
        grep -qE "\"bootID\": ?\"$boot\""
}

begin
read_secrets
look_first
apt_install curl
remember
own_resolver
own_services
own_images
check_kubelet
give_up_old_programs
fact version "$version"
finish
