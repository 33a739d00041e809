# Chains of iptables that a part of Kubernetes leaves in the kernel.
# Reads: nothing.
# Sets: nothing.

# remove_chains PATTERN: the chains whose whole name is one of an extended regular expression are gone, from IPv4 and IPv6, with
# what leads to them. Nothing is loaded into the kernel by looking, and each table changes in one go.
remove_chains() {
    for family in iptables ip6tables; do
        command -v "$family-save" >/dev/null || continue
        unwanted=$("$family-save" 2>/dev/null </dev/null | unwanted_chains "$1")
        [ -n "$unwanted" ] || continue
        printf '+ %s-restore --noflush:\n%s\n' "$family" "$unwanted"
        printf '%s\n' "$unwanted" | "$family-restore" -w --noflush || die "cannot remove these chains of $family; see the lines above"
    done
}

# unwanted_chains PATTERN: of what iptables-save prints, makes what iptables-restore removes them with. Rules and contents go first,
# since a chain that another leads to cannot go.
# shellcheck disable=SC2016 # awk's own $
unwanted_chains() {
    awk -v pattern="^($1)\$" '
        /^[*]/ { table = $0; rules = emptied = removed = "" }
        /^:/ && substr($1, 2) ~ pattern { emptied = emptied "-F " substr($1, 2) "\n"; removed = removed "-X " substr($1, 2) "\n" }
        /^-A/ && $2 !~ pattern {
            for (i = 3; i < NF; i++) if (($i == "-j" || $i == "-g") && $(i + 1) ~ pattern) { rules = rules "-D" substr($0, 3) "\n"; break }
        }
        /^COMMIT/ && removed != "" { printf "%s\n%s%s%sCOMMIT\n", table, rules, emptied, removed }'
}
