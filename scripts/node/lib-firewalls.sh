# Who dropped a packet that lib-forwarding sent, and what lets such packets through, also after the next boot. Needs lib-forwarding.
# Reads: BRIDGE, its name; CLUSTER_CIDR.
# Sets: nothing.

# probe_explain: sends the packets of $probe_ways again and prints one sentence.
probe_explain() {
    case $probe_ways in
    in) between="from $probe_card to $BRIDGE" ;;
    out) between="from $BRIDGE to $probe_card" ;;
    *) between="between $BRIDGE and $probe_card" ;;
    esac
    if causes=$(probe_trace) && [ -n "$causes" ]; then
        printf "a firewall drops pods' packets %s: " "$between"
        printf '%s\n' "$causes" | while read -r family table chain rule; do
            case $family in
            legacy) where="chain $chain of iptables-legacy's table $table" ;;
            *) where="chain $chain of the nftables table $family $table" ;;
            esac
            printf '%s (%s). %s. ' "$where" "$rule" "$(firewall_advice "$family" "$table" "$chain")"
        done
    else
        printf "pods' packets are dropped %s, and no chain of nftables or iptables says so%s. " "$between" "$(other_reasons)"
    fi
}

# probe_trace: prints `FAMILY TABLE CHAIN RULE` of each rule or policy that drops the packets. nft(8) shows the way of a marked packet
# through all nftables hooks, with iptables' rules among them; the older iptables counts apart.
probe_trace() {
    legacy_rules >"$probe_work/before"
    timeout 30 nft monitor trace >"$probe_work/trace" &
    monitor=$! tries=0
    while [ "$tries" -lt 3 ]; do
        tries=$((tries + 1))
        sleep 1 # until the monitor listens, and then until it has said all
        for way in $probe_ways; do probe_send "$way"; done
        sleep 1
        ! trace_drops "$probe_work/trace" | grep -q . || break
    done
    kill "$monitor" && wait "$monitor" || :
    trace_drops "$probe_work/trace"
    legacy_rules | legacy_drops "$probe_work/before"
}

# trace_drops FILE: of what `nft monitor trace` printed; our own table ends packets that were let through.
trace_drops() {
    awk '$1 == "trace" && $5 != "hardway_probe" && /policy drop|verdict drop/ {
        what = $0
        sub(/^trace id [^ ]+ [^ ]+ [^ ]+ [^ ]+ (rule )?/, "", what)
        gsub(/counter packets [0-9]+ bytes [0-9]+ |\(verdict drop\)/, "", what)
        sub(/ +$/, "", what)
        if (!seen[$4, $5, $6, what]++) print $4, $5, $6, what
    }' "$1"
}

legacy_rules() { ! command -v iptables-legacy-save >/dev/null || iptables-legacy-save -c || :; }

# legacy_drops BEFORE: of rules with counters on standard input, those that drop and count more than before.
legacy_drops() {
    awk -v before="$1" 'BEGIN { while ((getline line <before) > 0) known[line] = 1 }
        /^\*/ { table = substr($0, 2) }
        $0 in known { next }
        /^:[^ ]+ DROP/ { print "legacy", table, substr($1, 2), "policy DROP" }
        / -j (DROP|REJECT)/ { rule = $0; sub(/^\[[0-9:]+\] /, "", rule); print "legacy", table, $3, rule }'
}

# firewall_advice FAMILY TABLE CHAIN: a sentence with the commands, without the full stop.
firewall_advice() {
    case "$2 $3" in
    "firewalld "*) printf 'Let them through: %s' "$(firewalld_advice)" ;;
    "filter "*)
        case $1 in
        legacy) iptables="iptables-legacy" ;;
        ip) iptables=iptables ;;
        *) nft_advice "$@" && return 0 ;;
        esac
        if grep -qsi '^ENABLED=yes' "$root/etc/ufw/ufw.conf"; then
            printf 'Let them through: ufw route allow from %s; ufw route allow to %s' "$CLUSTER_CIDR" "$CLUSTER_CIDR"
        else
            printf 'Let them through: %s -I FORWARD -s %s -j ACCEPT; ' "$iptables" "$CLUSTER_CIDR"
            printf '%s -I FORWARD -d %s -j ACCEPT; ' "$iptables" "$CLUSTER_CIDR"
            printf 'and for the next boot: apt-get install iptables-persistent; netfilter-persistent save'
        fi
        ;;
    *) nft_advice "$@" ;;
    esac
}

nft_advice() {
    printf 'Let them through: nft insert rule %s ip saddr %s accept; ' "$1 $2 $3" "$CLUSTER_CIDR"
    printf 'nft insert rule %s ip daddr %s accept; ' "$1 $2 $3" "$CLUSTER_CIDR"
    printf 'and the same in the file that makes this table at boot, such as /etc/nftables.conf'
}

# firewalld_advice: packets from pods are those of a zone; packets to them are let into it, whatever zone they come from.
firewalld_advice() {
    policy='firewall-cmd --permanent --policy hardway-pods'
    printf 'firewall-cmd --permanent --zone=trusted --add-source=%s; firewall-cmd --permanent --new-policy hardway-pods; ' "$CLUSTER_CIDR"
    printf '%s --add-ingress-zone ANY; %s --add-egress-zone trusted; ' "$policy" "$policy"
    printf '%s --set-target ACCEPT; firewall-cmd --reload' "$policy"
}

# other_reasons: what else drops packets without a word.
other_reasons() {
    for card in "$probe_card" "$BRIDGE"; do
        [ "$(cat "$root/proc/sys/net/ipv4/conf/$card/forwarding")" = 1 ] ||
            printf '; net.ipv4.conf.%s.forwarding is 0: set it to 1, now and in /etc/sysctl.d' "$card"
    done
    for family in netdev bridge arp; do
        tables=$(nft list tables "$family" | tr '\n' ' ')
        [ -z "$tables" ] || printf '; see what drops in nftables: %s' "${tables% }"
    done
}
