# Whether this host lets pods' packets through, judged by packets that are sent and not by what firewalls say of themselves: one from
# a pod towards another host, and one that comes in from there for the pod. They pass every hook as real ones do, and end before
# they would leave the host.
#
# Values: CNI_BIN_DIR; BRIDGE, its name; BRIDGE_CONF, what the bridge plugin gets; CLUSTER_CIDR, for advice; MASQUERADE; FAR_POD, an
# address that a pod of another node could have; PEER, address of another host, or empty. Programs: ip, tc, nft, perl.

# forwarding_state FOLDER: prints how forwarding is, `VALUE FILE` a line. restore_forwarding reads that and makes it so again:
# the bridge plugin turns ip_forward on for each pod, and with it forwarding of every card.
forwarding_state() {
    (cd "$1" && for file in ip_forward conf/*/forwarding conf/all/accept_redirects; do
        printf '%s %s\n' "$(cat "$file")" "$file"
    done)
}
restore_forwarding() {
    while read -r was file; do
        [ ! -e "$1/$file" ] || [ "$(cat "$1/$file")" = "$was" ] || printf '%s\n' "$was" >"$1/$file"
    done
}

# forwarding_problem: prints who drops pods' packets, and what lets them through for good; nothing where they pass. False where a pod
# cannot even be connected. Leaves nothing behind, and takes away what one that was killed left.
forwarding_problem() { (probe_run); }

probe_names() { probe_pod=hardway-probe-pod probe_far=hardway-probe-far probe_veth=hwprobe0; }

probe_run() {
    set +e
    probe_names
    probe_port=41800 probe_in=false probe_out=false
    exec 7>&1 8>>"$root/run/lock/hardway-probe.lock" 1>&2
    flock -w 60 8 || return 0
    probe_card=$(ip -o -4 route get "${PEER:-$FAR_POD}" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    case $probe_card in '' | lo | "$BRIDGE") return 0 ;; esac
    # Who sends: the other node where nodes masquerade towards each other, else its pod.
    probe_sender=$FAR_POD
    [ "$MASQUERADE" != bridge ] || [ -z "$PEER" ] || probe_sender=$PEER
    trap 'trap "" HUP INT TERM; probe_clean' EXIT
    trap 'exit 143' HUP INT TERM
    probe_clean
    probe_work=$root/run/hardway-probe
    mkdir -p "$probe_work"
    probe_bridge_new=false probe_leases_new=false
    [ -e "$root/sys/class/net/$BRIDGE" ] || probe_bridge_new=true
    [ -e "$root/var/lib/cni" ] || probe_leases_new=true
    forwarding_state "$root/proc/sys/net/ipv4" >"$probe_work/forwarding"
    probe_setup || return 1
    probe_ways=$(probe_dropped)
    [ -z "$probe_ways" ] || probe_explain >&7
    return 0
}

probe_plugin() {
    printf '%s' "$BRIDGE_CONF" | sed 's/"ipMasq": true/"ipMasq": false/' | env CNI_COMMAND="$1" CNI_CONTAINERID="$probe_pod" \
        CNI_NETNS="/run/netns/$probe_pod" CNI_IFNAME=eth0 CNI_PATH="$root$CNI_BIN_DIR" "${BRIDGE_PLUGIN:-$CNI_BIN_DIR/bridge}"
}

# probe_clean: takes away what a probe made, or one that was killed. Needs probe_names.
probe_clean() {
    nft delete table inet hardway_probe || :
    if [ -e "$root/run/netns/$probe_pod" ]; then
        [ -z "${BRIDGE_CONF-}" ] || probe_plugin DEL || :
        ip netns delete "$probe_pod" || :
    fi
    [ ! -e "$root/run/netns/$probe_far" ] || ip netns delete "$probe_far" || :
    [ ! -e "$root/sys/class/net/$probe_veth" ] || ip link delete "$probe_veth" || :
    ip -4 route flush proto 78 || :
    [ -n "${probe_work-}" ] || return 0
    restore_forwarding "$root/proc/sys/net/ipv4" <"$probe_work/forwarding"
    rm -rf "$probe_work"
    if $probe_bridge_new && [ -e "$root/sys/class/net/$BRIDGE" ] && [ -z "$(ls "$root/sys/class/net/$BRIDGE/brif")" ]; then
        ip link delete "$BRIDGE" || :
    fi
    ! $probe_leases_new || rm -rf "$root/var/lib/cni"
}

# probe_setup: makes both ends. $probe_in, $probe_out: whether packets can be sent in, and seen on their way out.
probe_setup() {
    ip netns add "$probe_pod" && ip netns add "$probe_far" && probe_plugin ADD || return 1
    probe_address=$(ip -n "$probe_pod" -o -4 address show dev eth0 | awk '{ sub("/.*", "", $4); print $4; exit }')
    [ -n "$probe_address" ] && ip -4 route add "$FAR_POD/32" dev "$probe_card" proto 78 || return 1
    # Redirected like this, what the far end sends has come in by the card.
    ip link add "$probe_veth" type veth peer name eth0 netns "$probe_far" && ip link set "$probe_veth" up &&
        ip -n "$probe_far" link set eth0 up && ip -n "$probe_far" address add "$probe_sender/32" dev eth0 &&
        ip -n "$probe_far" route add default dev eth0 &&
        ip -n "$probe_far" neigh replace "$probe_address" lladdr "$(cat "$root/sys/class/net/$probe_veth/address")" dev eth0 &&
        tc qdisc add dev "$probe_veth" ingress &&
        tc filter add dev "$probe_veth" ingress protocol ip matchall action mirred ingress redirect dev "$probe_card" && probe_in=true
    # The last hook of all: what comes here was let through, and goes no further; also not what a firewall answers it with.
    nft -f - <<END && probe_out=true
    table inet hardway_probe {
        chain early {
            type filter hook prerouting priority -2147483648
            ip saddr $probe_sender ip daddr $probe_address meta nftrace set 1
            ip saddr $probe_address ip daddr $FAR_POD meta nftrace set 1
        }
        chain late {
            type filter hook postrouting priority 2147483646
            ip daddr $FAR_POD tcp dport $probe_port counter drop
            ip saddr $probe_address drop
            ip daddr $probe_sender icmp type destination-unreachable drop
        }
    }
END
    return 0
}

# probe_send WAY: one packet that opens a TCP connection. Perl's base package is Essential on Debian and Ubuntu.
probe_send() {
    case $1 in in) set -- "$probe_far" "$probe_address" ;; out) set -- "$probe_pod" "$FAR_POD" ;; esac
    # shellcheck disable=SC2016 # the variables are Perl's
    ip netns exec "$1" perl -MSocket -MFcntl -e 'socket(S, PF_INET, SOCK_STREAM, 0); fcntl(S, F_SETFL, O_NONBLOCK);
        connect(S, sockaddr_in($ARGV[1], inet_aton($ARGV[0]))); select(undef, undef, undef, 0.2)' "$2" "$probe_port"
}

# probe_seen WAY: prints how many packets came through: TCP packets that the pod has got, or its own at the last hook.
probe_seen() {
    case $1 in
    in) ip netns exec "$probe_pod" cat /proc/net/snmp | awk '/^Tcp:/ { count = $11 } END { print count }' ;;
    out) nft list table inet hardway_probe | sed -n 's/.* counter packets \([0-9]*\).*/\1/p' ;;
    esac
}

# probe_dropped: prints the ways in which packets are dropped. In comes first: what rejects the other may answer the pod.
probe_dropped() {
    for way in in out; do
        if [ "$way" = in ]; then $probe_in; else $probe_out; fi || continue
        before=$(probe_seen "$way")
        probe_send "$way"
        [ "$(probe_seen "$way")" != "$before" ] || echo "$way"
    done
}
