#!/bin/sh
# One request to a Service from this node, with what the kernel counts before and after it. Values: those of walkrules.sh; ADDRESS and
# PORT of the Service, QUERY, after the path; POD, the address of one of its pods.
. ./walkrules.sh
. ./walkask.sh
table=hardway_walk_$QUERY

# kube-proxy's own chains of nftables count nothing, so a chain of ours, after them, does: packets to the pod that were sent to the Service.
count() {
    [ "$mode" = nftables ] || return 0
    nft -f - <<END
    table ip $table {
        chain led {
            type filter hook postrouting priority 2147483646
            ct original ip daddr $ADDRESS ip daddr $POD counter
        }
    }
END
}
counted() { nft list table ip "$table" 2>/dev/null | sed -n 's/.* counter packets \([0-9]*\) .*/\1/p'; }

trap 'nft delete table ip "$table" 2>/dev/null' EXIT
section mode echo "$mode"
section livez proxy_get -o /dev/null -w '%{http_code}' http://127.0.0.1:10256/livez
section count count
section rules proxy_rules
section counted counted
section ask ask_page "$ADDRESS" "$PORT" "$QUERY"
section rules-after proxy_rules
section counted-after counted
