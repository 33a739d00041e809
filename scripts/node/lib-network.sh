# What this host's networks, routes and policy rules have to do with pods' networks.
# Reads: nothing.
# Sets: nothing.

# network_awk: a program for awk. Its input are lines that begin with the word
#   wanted   CIDR via HOP: the network of another node's pods; CIDR: that of this host's, which the card `except` may have
#   cluster  CIDR: what the networks of nodes to come are taken from
#   ours     CIDR via HOP: a route of ours, whatever its protocol
#   address, rule, route   a line of ip(8) -o -4
# It prints `CIDR KIND TEXT` for what is in the cluster's network without being wanted: a route (foreign) or a network that the
# host is on (occupied). And for each wanted network, for everything that keeps packets for its addresses from going there:
#   network  a network that the host is on, by an address or by a route without a next hop
#   route    another route for some of its addresses; void: one that drops them. Not those of the protocol `ours`
#   rule     a policy rule, or a route of the table that it leads to, that decides before the main table does, on packets
#            from `sources`, CIDRs or addresses; of rules for packets that come in by a card, those for `except` alone
# shellcheck disable=SC2016 # awk's own $
network_awk='
    function number(address, part) {
        split(address, part, ".")
        return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
    }
    # range(CIDR): sets low and high, the numbers of its first and last address, and bits, the length of its prefix.
    function range(cidr, part, size) {
        if (cidr == "default" || cidr == "all") cidr = "0.0.0.0/0"
        split(cidr, part, "/")
        bits = part[2] == "" ? 32 : part[2] + 0
        size = 2 ^ (32 - bits)
        low = number(part[1])
        low -= low % size
        high = low + size - 1
    }
    function dotted(n) { return int(n / 16777216) % 256 "." int(n / 65536) % 256 "." int(n / 256) % 256 "." n % 256 }
    # word(NAME): what stands after NAME in the line.
    function word(name, i) {
        for (i = 1; i < NF; i++) if ($i == name) return $(i + 1)
        return ""
    }
    function network(cidr, card, text) {
        range(cidr)
        text = dotted(low) (cidr ~ /\// ? "/" bits : "") " on the card " card
        if (text in seen) return
        seen[text]
        networks[++network_count] = text
        network_card[network_count] = card
        network_low[network_count] = low
        network_high[network_count] = high
    }
    # matches(CIDRS, FIRST, LAST): whether one of them has addresses in common with these.
    function matches(cidrs, first, last, list, i, n) {
        n = split(cidrs, list, " ")
        for (i = 1; i <= n; i++) {
            range(list[i])
            if (low <= last && first <= high) return 1
        }
        return 0
    }

    { kind = $1; sub(/^[a-z]+ /, ""); gsub(/\\/, " ") }
    kind == "wanted" {
        wanted[++wanted_count] = $1
        hop[wanted_count] = word("via")
        next
    }
    kind == "cluster" {
        cluster = $1
        next
    }
    kind == "ours" {
        known[$1 " " $3]
        next
    }
    kind == "address" {
        own[substr($4, 1, index($4 "/", "/") - 1)]
        network($4, $2)
        # Where two ends have an address each, that of the other one.
        if (word("peer") != "") network(word("peer"), $2)
        next
    }
    kind == "rule" {
        text = $0
        sub(/^[0-9]+:[ \t]*/, "", text)
        rules[++rule_count] = text
        next
    }
    {
        type = $1 ~ /^[0-9d]/ ? "unicast" : $1
        if (type != "unicast") sub(/^[a-z]+ /, "")
        table = word("table")
        if (table == "") table = "main"
        if (type == "local" && !($1 in own)) network($1, word("dev"))
        if (table == "local" || type == "broadcast" || type == "multicast" || type == "local") next
        via = word("via")
        range($1)
        # Shorter prefixes are halves of the default route, as tunnels set them, and no networks.
        if (type == "unicast" && via == "" && bits >= 8) network($1, word("dev"))
        range($1)
        route_low[++route_count] = low
        route_high[route_count] = high
        route_bits[route_count] = bits
        route_table[route_count] = table
        route_type[route_count] = type
        route_via[route_count] = via
        route_protocol[route_count] = word("proto")
        route_key[route_count] = $1 " " via
        sub(/[ \t]+$/, "")
        gsub(/[ \t]+/, " ")
        routes[route_count] = (type == "unicast" ? "" : type " ") $0
    }

    # by_main(): the main table, less specific routes: what is there decides only where the wanted ones do not.
    function by_main(w, r) {
        for (r = 1; r <= route_count; r++) {
            if (route_table[r] != "main" || route_low[r] < first || route_high[r] > last || route_protocol[r] == ours) continue
            if (route_type[r] != "unicast") print wanted[w], "void", (told[r] = routes[r])
            else if (route_via[r] != "" && (route_bits[r] != length_wanted || route_via[r] != hop[w]))
                print wanted[w], "route", (told[r] = routes[r])
        }
    }
    # by_table(): a table that is asked before main. A route there to the same next hop is as good as ours.
    function by_table(w, table, least, rule, r, same) {
        same = -1
        for (r = 1; r <= route_count; r++)
            if (route_table[r] == table && route_low[r] <= first && route_high[r] >= last && route_via[r] == hop[w] && hop[w] != "")
                if (route_bits[r] > same) same = route_bits[r]
        for (r = 1; r <= route_count; r++) {
            if (route_table[r] != table || route_type[r] == "throw" || route_bits[r] <= least || route_bits[r] <= same) continue
            if (route_type[r] == "unicast" && route_via[r] == "" && route_bits[r] >= 8) continue # a network, see above
            if (route_low[r] <= last && first <= route_high[r]) print wanted[w], "rule", (told[r] = routes[r]) ", by the rule \"" rule "\""
        }
    }
    function by_rules(w, r, negated, table, least) {
        for (r = 1; r <= rule_count; r++) {
            $0 = rules[r]
            negated = $1 == "not"
            table = word("lookup")
            least = word("suppress_prefixlength")
            least = least == "" ? -1 : least + 0
            if (table == "local" || $NF == "nop" || word("goto") != "") continue
            if (!negated) {
                # Marks, ports and users of some packets; other cards than those of the pods.
                if (word("fwmark") word("oif") word("ipproto") word("sport") word("dport") word("uidrange") word("tos") != "") continue
                if (word("iif") != "" && word("iif") != "lo" && word("iif") != except) continue
                if (word("to") != "" && !matches(word("to"), first, last)) continue
                range(word("from"))
                if (!matches(sources, low, high)) continue
            }
            if (table == "main") {
                if (!negated && word("from") == "all" && word("to") word("iif") == "" && least < length_wanted) return
            } else if (table != "") by_table(w, table, least, rules[r])
            else print wanted[w], "rule", "the rule \"" rules[r] "\""
        }
    }
    # in_cluster(): what nobody has wanted yet, and nothing has been said about.
    function in_cluster(r, n) {
        for (n = 1; n <= network_count; n++)
            if (network_low[n] >= first && network_high[n] <= last && network_card[n] != except && !(n in told_network))
                print cluster, "occupied", networks[n]
        for (r = 1; r <= route_count; r++) {
            if (route_low[r] < first || route_high[r] > last || route_protocol[r] == ours || route_key[r] in known || r in told) continue
            if (route_type[r] != "unicast" || route_via[r] != "") print cluster, "foreign", routes[r]
        }
    }
    END {
        for (w = 1; w <= wanted_count; w++) {
            known[wanted[w] " " hop[w]]
            range(wanted[w])
            first = low
            last = high
            length_wanted = bits
            for (n = 1; n <= network_count; n++)
                if (network_low[n] <= last && first <= network_high[n] && (hop[w] != "" || network_card[n] != except))
                    print wanted[w], "network", (told_network[n] = networks[n])
            by_main(w)
            by_rules(w)
        }
        if (cluster == "") exit
        range(cluster)
        first = low
        last = high
        in_cluster()
    }'

# networks_within CIDR [INTERFACE]: prints `NETWORK on the card NAME` for every network that this host is on and that has
# addresses in common with CIDR; not for INTERFACE, whose network CIDR may be.
networks_within() {
    {
        echo "wanted $1"
        ip -o -4 address show | sed 's/^/address /'
        ip -o -4 route show table all | sed 's/^/route /'
    } | awk -v except="${2-}" "$network_awk" | sed -n 's/^[^ ]* network //p'
}

# obstacles WANTED SOURCES [INTERFACE [MORE]]: what is in the way of packets from SOURCES to the networks WANTED, lines of `CIDR
# via HOP` or `CIDR`; MORE: lines of the kinds cluster and ours; see network_awk. Ours are the routes of protocol 77 as well.
obstacles() {
    {
        printf '%s\n' "$1" | sed '/./!d; s/^/wanted /'
        printf '%s\n' "${4-}" | sed '/./!d'
        ip -o -4 address show | sed 's/^/address /'
        ip -o -4 rule show | sed 's/^/rule /'
        ip -o -4 route show table all | sed 's/^/route /'
    } | awk -v sources="$2" -v except="${3-}" -v ours=77 "$network_awk"
}
