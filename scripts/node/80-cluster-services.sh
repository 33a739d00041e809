# What the cluster itself holds: who may do what, the Nodes' pod CIDRs, RuntimeClasses. Runs on one controller.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE cluster; by hand: ./hardway script NODE cluster | ssh HOST sudo sh
#
# KUBECONFIG_FILE: the administrator's. MANIFESTS: objects as YAML, with the label hardway.local/managed. NODES: `NAME POD_CIDR` a line,
# the cluster's Nodes and no others.
#
# The steps in their order are at the end.
. ./lib-own.sh
kube() { run /usr/local/bin/kubectl --kubeconfig "$root$KUBECONFIG_FILE" --request-timeout 60s "$@"; }
kube_text() { last_command="kubectl $*" && /usr/local/bin/kubectl --kubeconfig "$root$KUBECONFIG_FILE" --request-timeout 60s "$@" </dev/null; }

# The server's own answer says what differs, so that a run that changes nothing says so.
apply_manifests() {
    save "$state/manifests.yaml" "$MANIFESTS"
    if kube diff -f "$state/manifests.yaml" >/dev/null; then return 0; fi
    will_change
    tell "applying what the cluster is to hold"
    kube apply --server-side --field-manager=hardway --force-conflicts --prune=false -f "$state/manifests.yaml" ||
        die "the API server refuses what the cluster is to hold; see the lines above"
}

# It can be set once; a Node that has another must be made again.
set_pod_cidr() {
    read -r node pod_cidr <<END
$1
END
    found=$(kube_text get node "$node" -o 'jsonpath={.spec.podCIDR}') || die "the cluster has no Node $node; run that host's step kubelet again"
    [ "$found" != "$pod_cidr" ] || return 0
    [ -z "$found" ] || die "the Node $node has the pod CIDR $found, which cannot be changed; wanted $pod_cidr." \
        "Delete it (kubectl delete node $node), restart its kubelet, then run again"
    will_change
    kube patch node "$node" --type merge -p "{\"spec\":{\"podCIDR\":\"$pod_cidr\",\"podCIDRs\":[\"$pod_cidr\"]}}" ||
        die "cannot set the pod CIDR of the Node $node"
}

wait_for_node() {
    kube wait --for=condition=Ready --timeout=300s "node/${1%% *}" ||
        die "the Node ${1%% *} is not Ready: $(kube_text get node "${1%% *}" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].message}')"
}

# Nodes of ours that are no longer on the list: their pods go elsewhere first.
remove_other_nodes() {
    wanted=$(printf '%s\n' "$NODES" | awk 'NF { print $1 }')
    others=$(kube_text get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{"\n"}{end}' | grep -vxF -e "$wanted" || :)
    for other in $others; do
        will_change
        tell "draining $other"
        kube drain "$other" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s || tell "$other could not be drained within two minutes"
        kube delete node "$other" || die "cannot delete the Node $other"
    done
}

begin
apply_manifests
each_line set_pod_cidr "$NODES"
tell "waiting for the Nodes"
each_line wait_for_node "$NODES"
remove_other_nodes
fact_json nodes "$(printf '%s\n' "$NODES" | grep -c .)"
finish
