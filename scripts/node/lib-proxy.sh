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
    for family in ip ip6; do
        if command -v nft >/dev/null && nft list tables "$family" </dev/null 2>/dev/null | grep -qx "table $family kube-proxy"; then
            run nft delete table "$family" kube-proxy || die "cannot remove kube-proxy's table; see the lines above"
        fi
    done
    if [ -e "$root/sys/class/net/kube-ipvs0" ]; then
        run ip link delete kube-ipvs0 || die "cannot remove kube-proxy's interface kube-ipvs0; see the lines above"
    fi
}
