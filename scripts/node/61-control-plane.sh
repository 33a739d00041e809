# The control plane of one controller: kube-apiserver, kube-controller-manager and kube-scheduler, running now and after every
# reboot, with kubectl for its administrator.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE control-plane; by hand: ./hardway script NODE control-plane | ssh HOST sudo sh
#
# SERVICES, SERVICE_FILES, FILES, FILE_1 and so on, ARTIFACTS: see lib-services. Keys and certificates are on standard input.
# API_PORT, MANAGER_PORT, SCHEDULER_PORT: where they listen. CA: certificate of the API server's authority. ETCD_HEALTH: where
# this host's etcd says how it is. SERVICE_CIDR: network of the Services.
#
# The steps in their order are at the end.
. ./lib-services.sh
. ./lib-network.sh

look_first() {
    artifact_problems
    older_problems kube-apiserver
    skipped_minor_problems kube-apiserver
    network_problems "$SERVICE_CIDR"
    foreign_unit_problems
    port_problems kube-apiserver "$API_PORT"
    port_problems kube-controller-manager "$MANAGER_PORT"
    port_problems kube-scheduler "$SCHEDULER_PORT"
    for manifest in "$root"/etc/kubernetes/manifests/kube-*.yaml; do
        [ ! -e "$manifest" ] || problem "${manifest#"$root"} is of another cluster, made by kubeadm. Run kubeadm reset, or leave this host out of the cluster"
    done
    refuse_problems
}

# Members of several hosts are healthy once most of them are there. Nothing is changed before.
await_etcd() {
    if healthy "$ETCD_HEALTH"; then return 0; fi
    tell "waiting for etcd"
    wait_for 200 2 healthy "$ETCD_HEALTH" ||
        die "etcd on this host does not get healthy, which takes most of its members; see journalctl -u etcd here and on the other" \
            "controllers, mend what it says, then run again"
}

# On a slow host the API server takes a minute to read what it is to serve.
check_services() {
    tell "waiting for the API server"
    await kube-apiserver 240 2 "the API server does not get ready" \
        healthy "https://127.0.0.1:$API_PORT/readyz" --cacert "$root$CA"
    await kube-controller-manager 120 2 "the controller manager does not get healthy" healthy "https://127.0.0.1:$MANAGER_PORT/healthz" -k
    await kube-scheduler 120 2 "the scheduler does not get healthy" healthy "https://127.0.0.1:$SCHEDULER_PORT/healthz" -k
    version=$("$root$(program_link kube-apiserver)" --version | awk '{ print $2 }')
}

begin
read_secrets
look_first
apt_install curl
await_etcd
# The controller manager makes it, and leaves it.
own_dir /usr/libexec/kubernetes/kubelet-plugins/volume/exec
own_services
check_services
give_up_old_programs
fact version "$version"
finish
