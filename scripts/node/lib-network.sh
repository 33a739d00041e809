# What this host's networks and routes have to do with a pod network.

# cidr_awk: functions for awk. range(CIDR) sets low and high, the numbers of its first and last address.
# shellcheck disable=SC2016 # awk's own $
cidr_awk='
    function number(address, part) {
        split(address, part, ".")
        return ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
    }
    function range(cidr, part, size) {
        split(cidr, part, "/")
        size = 2 ^ (32 - (part[2] == "" ? 32 : part[2]))
        low = number(part[1])
        low -= low % size
        high = low + size - 1
    }
    function dotted(n) { return int(n / 16777216) % 256 "." int(n / 65536) % 256 "." int(n / 256) % 256 "." n % 256 }
    # word(NAME): what stands after NAME in an answer of ip(8).
    function word(name, i) {
        for (i = 1; i < NF; i++) if ($i == name) return $(i + 1)
        return ""
    }
    function overlaps(cidr) {
        range(cidr)
        return low <= wanted_high && wanted_low <= high
    }'

# networks_within CIDR [INTERFACE]: prints "NETWORK on the card NAME" for every network that this host is on, by an address
# or by a route without a next hop, and that has addresses in common with CIDR; not for INTERFACE, whose network CIDR may be.
networks_within() {
    { ip -o -4 address show && ip -o -4 route show table all; } | awk -v cidr="$1" -v except="${2-}" "$cidr_awk"'
        function found(network, card, part) {
            if (card == except || !overlaps(network)) return
            split(network, part, "/")
            network = dotted(low) (part[2] == "" ? "" : "/" part[2])
            if (!seen[network, card]++) print network " on the card " card
        }
        BEGIN { range(cidr); wanted_low = low; wanted_high = high }
        # An address of `ip address`, with that of the other end where two ends have one each.
        $3 == "inet" {
            if (word("peer") != "") { found(word("inet"), $2); found(word("peer"), $2) }
            else { own[substr($4, 1, index($4 "/", "/") - 1)]; found($4, $2) }
            next
        }
        # A route of `ip route`: the kernel has local ones for the addresses above, and broadcast ones.
        $1 == "local" { if (!($2 in own)) found($2, word("dev")); next }
        $1 ~ /^[0-9]/ && word("via") == "" && word("dev") != "" { found($1, word("dev")) }'
}
