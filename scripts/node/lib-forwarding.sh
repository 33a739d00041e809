# Whether this host lets pods' packets through, judged by packets that are sent and not by what firewalls say of themselves: one from
# a pod towards another host, and one that comes in from there for the pod. They pass every hook as real ones do, and end before
# they would leave the host. Needs lib-firewalls for forwarding_problem, and the programs ip, tc, nft and perl.
# Reads: CNI_BIN_DIR; BRIDGE, its name; BRIDGE_CONF, what the bridge plugin gets; BRIDGE_PLUGIN, its file, if it is not in
#   CNI_BIN_DIR; MASQUERADE; FAR_POD, an address that a pod of another node could have; PEER, address of another host, or empty.
# Sets: $probe_ways, $probe_card, $probe_work, for lib-firewalls.

# forwarding_state FOLDER: prints how forwarding is, `VALUE FILE` a line. restore_forwarding reads that and makes it so again:
# the bridge plugin turns ip_forward on for each pod, and with it forwarding of every card.
forwarding_state() { (cd "$1" && awk '{ print $0, FILENAME }' ip_forward conf/*/forwarding conf/all/accept_redirects); }
restore_forwarding() {
    forwarding_is=$(forwarding_state "$1")
    while read -r was file; do
        case "
$forwarding_is
" in *"
$was $file
"*) continue ;; esac
        [ -e "$1/$file" ] || continue
        printf '%s\n' "$was" >"$1/$file"
        # One switch may have set others.
        forwarding_is=$(forwarding_state "$1")
    done
}

# way_out: prints the card by which a pod's packets leave this host; nothing where they do not.
way_out() {
    way_out_card=$(ip -o -4 route get "${PEER:-$FAR_POD}" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    case $way_out_card in lo | "$BRIDGE") ;; *) printf '%s\n' "$way_out_card" ;; esac
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
    probe_card=$(way_out)
    [ -n "$probe_card" ] || return 0
    # Who sends: the other node where nodes masquerade towards each other, else its pod.
    probe_sender=$FAR_POD
    if [ "$MASQUERADE" = bridge ] && [ -n "$PEER" ]; then probe_sender=$PEER; fi
    trap 'trap "" HUP INT TERM; probe_clean' EXIT
    trap 'exit 143' HUP INT TERM
    probe_work=''
    [ ! -e "$root/run/hardway-probe" ] || probe_clean
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
    masquerading='"ipMasq": true' conf=$BRIDGE_CONF
    case $conf in *"$masquerading"*) conf=${conf%%"$masquerading"*}'"ipMasq": false'${conf#*"$masquerading"} ;; esac
    printf '%s' "$conf" | CNI_COMMAND=$1 CNI_CONTAINERID=$probe_pod CNI_NETNS=/run/netns/$probe_pod CNI_IFNAME=eth0 \
        CNI_PATH=$root$CNI_BIN_DIR "${BRIDGE_PLUGIN:-$CNI_BIN_DIR/bridge}"
}

# probe_clean: takes away what a probe made, or one that was killed. Needs probe_names.
probe_clean() {
    nft delete table inet hardway_probe || :
    if [ -e "$root/run/netns/$probe_pod" ] && [ -n "${BRIDGE_CONF-}" ]; then probe_plugin DEL || :; fi
    {
        [ ! -e "$root/sys/class/net/$probe_veth" ] || echo "link delete $probe_veth"
        for name in "$probe_pod" "$probe_far"; do [ ! -e "$root/run/netns/$name" ] || echo "netns delete $name"; done
        echo 'route flush proto 78'
    } | ip -4 -force -batch - || :
    [ -z "${probe_work-}" ] || restore_forwarding "$root/proc/sys/net/ipv4" <"$probe_work/forwarding"
    rm -rf "$root/run/hardway-probe"
    [ -n "${probe_work-}" ] || return 0
    if $probe_bridge_new && [ -e "$root/sys/class/net/$BRIDGE" ] && [ -z "$(ls "$root/sys/class/net/$BRIDGE/brif")" ]; then
        ip link delete "$BRIDGE" || :
    fi
    if $probe_leases_new; then rm -rf "$root/var/lib/cni"; fi
}

# probe_setup: makes both ends. $probe_in, $probe_out: whether packets can be sent in, and seen on their way out. Each process
# that is started costs a slow host more than what it does here, so one does what it can.
probe_setup() {
    ip netns add "$probe_pod" && ip netns add "$probe_far" && probe_plugin ADD || return 1
    # shellcheck disable=SC2046 # to be split
    set -- $(ip -n "$probe_pod" -o -4 address show dev eth0)
    probe_address=${4-} probe_mac=02:00:00:00:00:01
    probe_address=${probe_address%/*}
    [ -n "$probe_address" ] && ip -4 route add "$FAR_POD/32" dev "$probe_card" proto 78 || return 1
    # Redirected like this, what the far end sends has come in by the card.
    ip -batch - <<VETH && ip -n "$probe_far" -batch - <<FAR && tc -batch - <<REDIRECT && probe_in=true
link add $probe_veth address $probe_mac type veth peer name eth0 netns $probe_far
link set $probe_veth up
VETH
link set eth0 up
address add $probe_sender/32 dev eth0
route add default dev eth0
neigh replace $probe_address lladdr $probe_mac dev eth0
FAR
qdisc add dev $probe_veth ingress
filter add dev $probe_veth ingress protocol ip matchall action mirred ingress redirect dev $probe_card
REDIRECT
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

# probe_send WAY: one packet that opens a TCP connection. Perl's base package is Essential on Debian and Ubuntu; its modules would
# take longer to load than all else. 2, 2049 and 6 are AF_INET, SOCK_STREAM with SOCK_NONBLOCK, and IPPROTO_TCP.
probe_send() {
    case $1 in in) set -- "$probe_far" "$probe_address" ;; out) set -- "$probe_pod" "$FAR_POD" ;; esac
    # shellcheck disable=SC2016 # the variables are Perl's
    ip netns exec "$1" perl -e 'socket(S, 2, 2049, 6); connect(S, pack("Sn", 2, $ARGV[1]) . pack("C4x8", split(/[.]/, $ARGV[0])))' \
        "$2" "$probe_port"
}

# probe_came_in: waits a second at most for the pod to get a TCP packet; nobody else knows the pod.
probe_came_in() {
    # shellcheck disable=SC2016 # the variables are Perl's
    ip netns exec "$probe_pod" perl -e 'for (1 .. 20) {
        open(F, "/proc/net/snmp"); for (<F>) { exit 0 if /^Tcp: (?:\S+ ){9}[1-9]/ } select(undef, undef, undef, 0.05)
    } exit 1'
}

# probe_came_out: waits a second at most for the pod's own packet at the last hook.
probe_came_out() {
    for wait in 0.2 0.2 0.2 0.2 0.2 0; do
        case $(nft list table inet hardway_probe) in *' counter packets '[1-9]*) return 0 ;; esac
        sleep "$wait"
    done
    return 1
}

# probe_dropped: prints the ways in which packets are dropped. In comes first: what rejects the other may answer the pod.
probe_dropped() {
    if $probe_in; then { probe_send in; probe_came_in; } || echo in; fi
    if $probe_out; then { probe_send out; probe_came_out; } || echo out; fi
}
