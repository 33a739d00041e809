# What kube-proxy makes in the kernel.
# Reads: nothing.
# Sets: nothing.
. ./lib-chains.sh

# remove_rules: nothing of that is left, of whichever mode. By the program that made it, while it is there with the tools that it
# uses. It leaves some chains behind, and ends with an error where the kernel has nothing of ipvs; so the kernel is asked.
remove_rules() {
    if [ ! -e "$state/own/etc/systemd/system/kube-proxy.service" ]; then return 0; fi
    if [ -x "$root/usr/local/bin/kube-proxy" ]; then run "$root/usr/local/bin/kube-proxy" --cleanup || :; fi
    # The kubelet's own go with the kubelet.
    remove_chains 'KUBE-(SERVICES|EXTERNAL-SERVICES|NODEPORTS?|NODE-PORT|PROXY-FIREWALL|PROXY-CANARY|FORWARD|POSTROUTING|MARK-MASQ|LOAD-BALANCER|SOURCE-RANGES-FIREWALL|IPVS-[A-Z-]*|(SVC|SVL|SEP|FW|EXT|XLB)-[A-Z0-9]*)'
    for table in 'ip kube-proxy' 'ip6 kube-proxy' 'ip hardway_services'; do
        if command -v nft >/dev/null && nft list tables "${table% *}" </dev/null 2>/dev/null | grep -qx "table $table"; then
            # shellcheck disable=SC2086 # family and name
            run nft delete table $table || die "cannot remove kube-proxy's table; see the lines above"
        fi
    done
    if [ -e "$root/sys/class/net/kube-ipvs0" ]; then
        run ip link delete kube-ipvs0 || die "cannot remove kube-proxy's interface kube-ipvs0; see the lines above"
    fi
    remove_sets
}

# remove_sets: the sets of addresses that rules of ipvs name are gone. kube-proxy tries it while some rules still have them, and
# the kernel lets go of them only a moment after the rules. Where it has no sets, nothing is loaded by looking.
remove_sets() {
    if [ ! -e "$root/sys/module/ip_set" ] || ! command -v ipset >/dev/null; then return 0; fi
    for set in $(ipset list -name </dev/null | grep -E '^KUBE-(6-)?(LOOP-BACK|CLUSTER-IP|EXTERNAL-IP|LOAD-BALANCER|NODE-PORT|HEALTH-CHECK-NODE-PORT|IPVS-IPS)'); do
        wait_for 10 1 run ipset destroy "$set" || die "cannot remove kube-proxy's set $set; see the lines above"
    done
}
