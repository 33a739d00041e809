# What the cluster itself holds: who may do what, the Nodes' pod CIDRs, DNS. Runs on one controller.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE cluster; by hand: ./hardway script NODE cluster | ssh HOST sudo sh
#
# KUBECONFIG_FILE: the administrator's. MANIFESTS: objects as YAML, with the label hardway.local/managed. NODES: `NAME POD_CIDR` a line,
# the cluster's Nodes and no others. ENCRYPTED: kinds of objects that the API servers encrypt in etcd, one a line.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-problems.sh

# Without a cache in the home of whoever runs this.
kubectl() {
    "$root/usr/local/bin/kubectl" --kubeconfig "$root$KUBECONFIG_FILE" --cache-dir "$state/cache" --request-timeout 60s "$@" </dev/null
}
kube() { run kubectl "$@"; }

look_first() {
    for needed in /usr/local/bin/kubectl "$KUBECONFIG_FILE"; do
        [ -e "$root$needed" ] || problem "$needed is not there. Run this host's step control-plane first"
    done
    refuse_problems
}

# The server's own answer says what differs (1) or why it cannot say so (above 1), so that a run that changes nothing says so. It
# merges by itself too: kubectl takes two ports of one number, as DNS has, for one.
apply_manifests() {
    manifests=$state/manifests.yaml
    printf '%s\n' "$MANIFESTS" | cmp -s - "$manifests" || save "$manifests" "$MANIFESTS"
    differences=0
    kube diff --server-side --force-conflicts --field-manager=hardway -f "$manifests" || differences=$?
    case $differences in
    0) return 0 ;;
    1) ;;
    *) die "the API server does not say how the cluster differs; see the lines above, mend what they say, then run again" ;;
    esac
    will_change
    tell "applying what the cluster is to hold"
    kube apply --server-side --force-conflicts --field-manager=hardway -f "$manifests" ||
        die "the API server refuses what the cluster is to hold; see the lines above, mend what they say, then run again"
}

# An API server encrypts what it writes. Objects of kinds that are encrypted now and were not, or were and are not any more, are
# written again, with nothing in them changed: taking off an annotation that they do not have makes it write them.
write_again() {
    other_kinds=$(printf '%s\n' "$ENCRYPTED" "$(recorded encrypted)" |
        awk 'NF { count[$0]++ } END { for (kind in count) if (count[kind] == 1) print kind }')
    [ -n "$other_kinds" ] || return 0
    served=$(kubectl api-resources --verbs=list,patch -o name) ||
        die "the API server does not list the kinds of objects that it has; see the lines above, mend what they say, then run again"
    each_line look_at_kind "$ENCRYPTED"
    refuse_problems
    # A kind that was encrypted may be gone by now.
    kinds=$(each_line served_kinds "$other_kinds" | sort -u | tr '\n' ',')
    kinds=${kinds%,}
    will_change
    if [ -n "$kinds" ]; then
        tell "writing $kinds again, as they are to be in etcd"
        # What is deleted meanwhile is an error of kubectl's.
        wait_for 3 5 kube annotate "$kinds" --all --all-namespaces hardway.local/written- ||
            die "not all objects of the kinds $kinds could be written again; see the lines above, mend what they say, then run again"
    fi
    save "$state/encrypted" "$ENCRYPTED"
}
look_at_kind() {
    [ -n "$(served_kinds "$1")" ] ||
        problem "encryptedResources has $1, which is no kind of objects that the API server has; kubectl api-resources -o name lists them"
}
# served_kinds KIND: prints those of $served that KIND is, as *.apps is all of a group, *. all of the core group, *.* everything.
served_kinds() {
    printf '%s\n' "$served" | awk -v asked="$1" '{
        dot = index($0, ".")
        if (asked == $0 || asked == "*.*" || asked == "*." (dot ? substr($0, dot + 1) : "")) print
    }'
}

# nodes_there: sets $nodes to `NAME POD_CIDR` a line of the cluster's Nodes, as they are.
nodes_there() {
    nodes=$(kubectl get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.podCIDR}{"\n"}{end}') ||
        die "the API server does not list the Nodes; see the lines above, mend what they say, then run again"
}

# Each Node is there, and has no other pod CIDR: it can be set once.
look_at_nodes() {
    each_line look_at_node "$NODES"
    [ -z "$problems" ] || die "the Nodes are not as they are to be, none of them was changed:$problems"
}
look_at_node() {
    node_now "$1"
    case $there:$pod_cidr in
    :*) problem "the cluster has no Node $node. Run that host's step kubelet again" ;;
    *:"" | *:"$wanted_cidr") ;;
    *)
        problem "the Node $node has the pod CIDR $pod_cidr, which cannot be changed; wanted $wanted_cidr." \
            "Drain and delete it (kubectl drain $node --ignore-daemonsets; kubectl delete node $node), restart its kubelet, then run again"
        ;;
    esac
}

# node_now 'NAME POD_CIDR': sets $node and $wanted_cidr to these, $there to the Node's line of $nodes and $pod_cidr to what that has.
node_now() {
    node=${1%% *} wanted_cidr=${1#* }
    there=$(printf '%s\n' "$nodes" | awk -v name="$node" '$1 == name')
    pod_cidr=${there#* }
}

set_pod_cidr() {
    node_now "$1"
    [ -z "$pod_cidr" ] || return 0
    will_change
    kube patch node "$node" --type merge -p "{\"spec\":{\"podCIDR\":\"$wanted_cidr\",\"podCIDRs\":[\"$wanted_cidr\"]}}" ||
        die "cannot set the pod CIDR of the Node $node to $wanted_cidr; see the lines above"
}

# All of them at once, so that one that is slow leaves the others their time.
wait_for_nodes() {
    [ -n "$NODES" ] || return 0
    tell "waiting for the Nodes"
    # shellcheck disable=SC2046 # names without spaces
    kube wait --for=condition=Ready --timeout=300s $(printf '%s\n' "$NODES" | awk 'NF { print "node/" $1 }') && return 0
    each_line look_whether_ready "$NODES"
    die "these Nodes are not Ready after five minutes; see the journal of the kubelet there (journalctl -u kubelet), then run again:${problems:-" none any more"}"
}
look_whether_ready() {
    ready=$(kubectl get node "${1%% *}" -o 'jsonpath={range .status.conditions[?(@.type=="Ready")]}{.status} {.message}{end}' || echo "is not there")
    case $ready in
    True*) ;;
    '') problem "${1%% *}: has no condition Ready yet" ;;
    *) problem "${1%% *}: ${ready#* }" ;;
    esac
}

# Nodes of ours that are no longer on the list: their pods go elsewhere first.
remove_other_nodes() {
    for other in $(printf '%s\n' "$nodes" | awk 'NF { print $1 }'); do
        case "$newline$NODES" in *"$newline$other "*) continue ;; esac
        will_change
        tell "draining $other"
        kube drain "$other" --ignore-daemonsets --delete-emptydir-data --force --timeout=120s || tell "$other could not be drained within two minutes"
        kube delete node "$other" --ignore-not-found || die "cannot delete the Node $other; see the lines above"
    done
}

# One watch takes as long as it takes.
wait_for_dns() {
    tell "waiting for DNS"
    if kube --request-timeout 0 -n kube-system rollout status deployment/coredns --timeout=300s; then return 0; fi
    dns_pods=$(kubectl -n kube-system get pods -l k8s-app=kube-dns -o "$pod_reasons" || echo "the API server does not list its pods")
    die "DNS is not available after five minutes: ${dns_pods:-no pod was made for it; see kubectl -n kube-system describe deployment coredns}"
}
pod_reasons='jsonpath={range .items[*]}{"the pod "}{.metadata.name}{" is "}{.status.phase}{" on "}{.spec.nodeName}{"; "}{range .status.conditions[?(@.status=="False")]}{.type}{": "}{.message}{"; "}{end}{range .status.containerStatuses[*]}{.state.waiting.reason}{" "}{.state.waiting.message}{.lastState.terminated.reason}{end}{"\n"}{end}'

begin
look_first
write_again
apply_manifests
nodes_there
look_at_nodes
each_line set_pod_cidr "$NODES"
wait_for_nodes
remove_other_nodes
wait_for_dns
fact_json nodes "$(printf '%s\n' "$NODES" | grep -c .)"
finish
