# Routes to the pods of other nodes, now and after every reboot, link flap and restart of the network.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE routes; by hand: ./hardway script NODE routes | ssh HOST sudo sh
#
# ROUTES: `DESTINATION via NEXTHOP` lines, none is fine. ADDRESS: this host's address on the network of the next hops.
# POD_CIDR: the network of its own pods, empty for none, which only the card BRIDGE may have. CLUSTER_CIDR: the network that those
# of all nodes are taken from, in which nothing else may be; empty where it is not known.
#
# Ours carry a routing protocol number of their own, which is how they are told from everybody else's (ip-route(8)).
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-problems.sh
. ./lib-network.sh
protocol=77
service=hardway-pod-routes.service

look_first() {
    look_at_routes
    look_at_known
    problem_lines "$(blocking)"
    refuse_problems
}

# Sets $routes to `DESTINATION NEXTHOP INTERFACE` a line, and $interfaces to the names in it.
look_at_routes() {
    routes='' interfaces=''
    while read -r destination word hop rest; do
        [ -n "$destination" ] || continue
        if [ "$word" != via ] || [ -z "$hop" ] || [ -n "$rest" ]; then
            problem "this is no route: $destination $word $hop $rest. Wanted: 10.200.1.0/24 via 10.240.0.81"
            continue
        fi
        answer=$(ip -o -4 route get "$hop" 2>&1) || answer="unreachable: $answer"
        case $answer in
        local* | unreachable* | *" via "*)
            problem "the next hop $hop of $destination is not on a network of this host; found:" \
                "$(printf '%s' "$answer" | head -c 150). It must be a neighbour of $ADDRESS"
            continue
            ;;
        esac
        interface=$(printf '%s\n' "$answer" | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") { print $(i + 1); exit } }')
        routes="$routes$destination $hop $interface$newline"
        case " $interfaces " in *" $interface "*) ;; *) interfaces="$interfaces $interface" ;; esac
    done <<END
$ROUTES
END
    [ -n "$interfaces" ] || interfaces=$(ip -o -4 address show to "$ADDRESS" | awk '{ print $2; exit }')
}

# Sets $known, lines of the kinds cluster and ours of network_awk.
look_at_known() {
    # What an earlier run left to networkd is ours also where that does not write the protocol's number.
    known=$(cat "$root"/etc/systemd/network/*.network.d/50-hardway-pod-routes.conf 2>/dev/null |
        awk -F = '$1 == "Destination" { cidr = $2 } $1 == "Gateway" { print "ours", cidr, "via", $2 }')
    [ -z "$CLUSTER_CIDR" ] || known="cluster $CLUSTER_CIDR$newline$known"
}

# blocking: prints what is in the way of the routes, a line each. It may be what this host is reached by, or what somebody else
# needs: only a route that drops all packets is safe to remove.
blocking() {
    networks=$(printf '%s' "$routes" | awk '{ print $1, "via", $2 }')$newline$POD_CIDR
    obstacles "$networks" "$ADDRESS $POD_CIDR" "$BRIDGE" "$known" | while read -r destination kind text; do
        case $kind in
        occupied)
            echo "$text, which this host is on, is within $destination, where pods of nodes to come will be." \
                "Choose another clusterCidr, or give that card another network"
            ;;
        foreign)
            echo "there is a route that is not ours within $destination, where pods of nodes to come will be: $text." \
                "Take away what sets it, or choose another clusterCidr"
            ;;
        network) echo "$destination overlaps $text, which this host is on. Choose another pod CIDR: podCidr of that node, or clusterCidr" ;;
        void)
            echo "packets for some of $destination would be dropped: $text." \
                "Whatever has made that route must not; ip route del $text removes it until then"
            ;;
        route)
            echo "there is another route to some of $destination: $text." \
                "Choose another pod CIDR; or, if nothing needs that route any more, take away what sets it"
            ;;
        rule)
            echo "packets for $destination would not go to its pods but by what is asked before the main table: $text." \
                "Choose another pod CIDR, or have that rule leave it out"
            ;;
        esac
    done
}

# Sets $persistence to networkd where that manages every card, else to unit.
set_at_boot() {
    persistence=unit files=''
    if systemctl is-active -q systemd-networkd; then
        persistence=networkd
        for interface in $interfaces; do
            file=$(network_file "$interface")
            [ -n "$file" ] || persistence=unit
            files="$files$interface /etc/systemd/network/${file##*/}.d/50-hardway-pod-routes.conf$newline"
        done
    fi
    if [ "$persistence" = networkd ]; then set_in_networkd; else set_by_unit; fi
}

# network_file INTERFACE: prints the .network file by which systemd-networkd manages it, nothing when it does not.
network_file() {
    networkctl status "$1" --no-pager -n 0 2>/dev/null | sed -n 's/^ *Network File: *//p' | grep '^/' || :
}

# Below /etc, whatever folder the .network file itself is in: systemd.network(5) joins drop-ins by name.
set_in_networkd() {
    disown_unit "$service"
    wanted=''
    while read -r interface file; do
        [ -n "$routes" ] && [ -n "$interface" ] || continue
        text=$(printf '%s' "$routes" | awk -v dev="$interface" -v p="$protocol" '
            $3 == dev { printf "[Route]\nDestination=%s\nGateway=%s\nProtocol=%s\n\n", $1, $2, p }')
        own_file "$file" 0644 "$text$newline"
        wanted="$wanted $file"
    done <<END
$files
END
    # shellcheck disable=SC2086 # made above, of names without spaces
    disown_stale $wanted
    if ! $pending; then return 0; fi
    run networkctl reload || die "networkctl reload failed; see journalctl -u systemd-networkd"
    for interface in $interfaces; do
        # networkd works on; a link that stays unfinished is its own affair, the routes are checked below.
        wait_online=$(command -v systemd-networkd-wait-online || echo /usr/lib/systemd/systemd-networkd-wait-online)
        run "$wait_online" --interface="$interface" --timeout=20 || :
    done
}

# No other network manager brings foreign routes back when a link has been down: the unit watches the links.
set_by_unit() {
    if [ -n "$routes" ]; then
        ip=$(command -v ip)
        commands=$(printf '%s' "$routes" | awk -v ip="$ip" -v p="$protocol" '{ printf "%s route replace %s via %s proto %s; ", ip, $1, $2, p }')
        own_unit "$service" "[Unit]
Description=Routes to the pods of other nodes
Wants=network-online.target
After=network-online.target

[Service]
# What fails while a link is down is done again at the next change. Setting what is set already makes no change.
ExecStart=/bin/sh -c 'apply() { $commands:; }; $ip -4 monitor link address route | { apply; while read -r change; do apply; done; }'
Restart=always
RestartSec=2

[Install]
WantedBy=multi-user.target
"
    else
        disown_unit "$service"
    fi
    # shellcheck disable=SC2086 # a list of words
    disown_stale $unit_paths
}

set_now() {
    now=$(table)
    remove_old
    while read -r destination hop interface; do
        if [ -z "$destination" ] || printf '%s\n' "$now" | grep -q "^$destination $hop "; then continue; fi
        will_change
        run ip -4 route replace "$destination" via "$hop" proto "$protocol" || die "cannot set the route $destination via $hop"
    done <<END
$routes
END
}

# table: prints "DESTINATION NEXTHOP PROTOCOL" for the routes of the main table.
table() {
    ip -4 route show | awk '{ via = "-"; proto = "-"
        for (i = 2; i < NF; i++) { if ($i == "via") via = $(i + 1); if ($i == "proto") proto = $(i + 1) }
        print $1, via, proto }'
}

# remove_old: of the routes $now, those of ours that are not wanted any more.
remove_old() {
    while read -r destination hop protocol_found; do
        [ "$protocol_found" = "$protocol" ] || continue
        case "$newline$routes" in *"$newline$destination $hop "*) continue ;; esac
        will_change
        run ip -4 route del "$destination" via "$hop" proto "$protocol" ||
            [ -z "$(ip -4 route show "$destination" via "$hop" proto "$protocol")" ] ||
            die "cannot remove the stale route $destination via $hop"
    done <<END
$now
END
}

# Reads the effect back, and tells it.
check() {
    list=''
    while read -r destination hop interface; do
        [ -n "$destination" ] || continue
        host=$(printf '%s' "${destination%/*}" | awk -F . '{ print $1 "." $2 "." $3 "." $4 + 1 }')
        answer=$(ip -o -4 route get "$host" 2>&1) || :
        case $answer in *" via $hop dev $interface "*) ;; *) die "packets for $destination do not go to $hop; found: $answer" ;; esac
        json_pair destination "$destination" && route=$json
        json_pair nextHop "$hop" && route="$route,$json"
        json_pair interface "$interface" && list="${list:+$list,}{$route,$json}"
    done <<END
$routes
END
    found=$(blocking)
    [ -z "$found" ] || die "the routes are set, but $found"
    fact_json routes "[$list]"
    fact persistence "$persistence"
}

begin
look_first
set_at_boot
set_now
check
finish
