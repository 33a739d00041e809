#!/bin/sh
# What kube-proxy made in the kernel for a Service. Values: SERVICE, as NAMESPACE/NAME.

proxy_get() { curl -q -sS --noproxy '*' --max-time 10 "$@"; }

# kube-proxy says it itself; where it does not run, its configuration does.
proxy_mode() { proxy_get -f http://127.0.0.1:10249/proxyMode 2>/dev/null || sed -n 's/^mode: *//p' /var/lib/kube-proxy/config.yaml; }

# With counters where the mode has some.
proxy_rules() {
    case $mode in
    iptables) iptables-save -c -t nat | grep -F -e "\"$SERVICE\"" -e "\"$SERVICE:" -e "\"$SERVICE " || : ;;
    nftables) nft list table ip kube-proxy ;;
    ipvs) cat /proc/net/ip_vs ;;
    esac
}

mode=$(proxy_mode)
