# The kernel's switches below /proc/sys, and which values the files of sysctl.d(5) give them at the next boot. Needs lib-conf.
# Reads: nothing.
# Sets: $value, see sysctl_read; $path, see sysctl_path.

# sysctl_path KEY: sets $path, the file below /proc/sys. The first separator says which of . and / separates; the other one
# belongs to a name, as that of the card eth1.100 in net.ipv4.conf.eth1/100.rp_filter (sysctl.d(5)).
sysctl_path() {
    case $1 in
    */*)
        path=$1
        case ${1%%/*} in *.*) path=$(printf '%s' "$1" | tr ./ /.) ;; esac
        ;;
    *)
        sysctl_ifs=$IFS
        IFS=.
        # shellcheck disable=SC2086 # to be split
        set -- $1
        IFS=/
        path=$*
        IFS=$sysctl_ifs
        ;;
    esac
}

# sysctl_read KEY: sets $value, with one blank between its parts; fails when the kernel has no such key. Read from the file
# itself, as sysctl(8) does: a process for each key is what a slow host spends its time on.
sysctl_read() {
    sysctl_path "$1"
    [ -r "$root/proc/sys/$path" ] || return 1
    # shellcheck disable=SC2046 # to be split
    set -- $(cat "$root/proc/sys/$path")
    # shellcheck disable=SC2034 # for the caller
    value=$*
}

# sysctl_files READER [FILE]: prints what READER reads, in its order: systemd what a boot reads, procps what sysctl --system
# reads, /etc/sysctl.conf after all else. FILE counts as if it were there.
sysctl_files() {
    conf_files sysctl.d "${2-}"
    if [ "$1" = procps ] && [ -r "$root/etc/sysctl.conf" ]; then echo "$root/etc/sysctl.conf"; fi
}

# sysctl_settings READER KEYS [FILE TEXT]: prints `KEY VALUE`, a tab and `FILE:LINE: TEXT` for each of KEYS, separated by
# blanks, that the files set, with what comes of it; as if FILE held TEXT.
# shellcheck disable=SC2016 # awk's own $
sysctl_settings() {
    sysctl_reader=$1 sysctl_keys=$2 sysctl_ours=${3-} sysctl_text=${4-}
    sysctl_list=$(sysctl_files "$sysctl_reader" "$sysctl_ours")
    set --
    while IFS= read -r file; do
        [ -n "$file" ] || continue
        if [ "$file" = "$root$sysctl_ours" ]; then file=-; fi
        set -- "$@" "$file"
    done <<END
$sysctl_list
END
    [ $# -gt 0 ] || return 0
    printf '%s\n' "$sysctl_text" | awk -v reader="$sysctl_reader" -v keys="$sysctl_keys" -v prefix="$root" -v ours="$sysctl_ours" '
        function path(key) {
            if (match(key, /[.\/]/) && substr(key, RSTART, 1) == ".") { gsub(/\//, "\n", key); gsub(/\./, "/", key); gsub("\n", ".", key) }
            # As systemd and procps read it: /net/ipv4/ip_forward and net//ipv4/ip_forward are that file as well.
            gsub(/\/+/, "/", key)
            sub(/^\//, "", key)
            return key
        }
        # pattern(KEY): glob(7) as a regular expression; a * does not cross a slash.
        function pattern(key, i, c, out, inside) {
            for (i = 1; i <= length(key); i++) {
                c = substr(key, i, 1)
                if (inside) { if (c == "!" && substr(key, i - 1, 1) == "[") c = "^"; if (c == "]") inside = 0 }
                else if (c == "*") c = "[^/]*"
                else if (c == "?") c = "[^/]"
                else if (c == "[") inside = 1
                else if (c !~ /[A-Za-z0-9_\/-]/) c = "\\" c
                out = out c
            }
            return "^" out "$"
        }
        # latest(PATH): which of the settings reaches it last: the one by its name, else patterns.
        function latest(name, i, best) {
            if (name in place) return name in assigned ? place[name] : 0
            for (i = 1; i <= count; i++)
                if (order[i] != "" && order[i] ~ /[*?[]/ && place[order[i]] == i && order[i] in assigned && name ~ pattern(order[i]))
                    best = i
            return best + 0
        }
        {
            line = $0
            gsub(/^[ \t\r]+|[ \t\r]+$/, "", line)
            if (line == "" || line ~ /^[#;]/) next
            at = index(line, "=")
            # Without a value, "-KEY" keeps KEY from patterns.
            if (!at && line !~ /^-/) next
            key = at ? substr(line, 1, at - 1) : line
            sub(/^-/, "", key)
            gsub(/^[ \t]+|[ \t]+$/, "", key)
            key = path(key)
            value = at ? substr(line, at + 1) : ""
            gsub(/[ \t]+/, " ", value)
            gsub(/^ | $/, "", value)
            # systemd leaves a setting that is repeated where it first stood, and moves one that is changed to the end.
            if (reader == "systemd" && key in place && (key in assigned) == (at > 0) && values[place[key]] == value) next
            order[++count] = key
            place[key] = count
            delete assigned[key]
            if (at) assigned[key]
            values[count] = value
            name = FILENAME == "-" || FILENAME == "" ? ours : substr(FILENAME, length(prefix) + 1)
            sources[count] = name ":" FNR ": " $0
        }
        END {
            n = split(keys, list, " ")
            for (k = 1; k <= n; k++) {
                name = path(list[k])
                last = latest(name)
                # Two names of one switch: writing either writes both (kernel, networking/ip-sysctl).
                if (name == "net/ipv4/ip_forward") other = "net/ipv4/conf/all/forwarding"
                else if (name == "net/ipv4/conf/all/forwarding") other = "net/ipv4/ip_forward"
                else other = ""
                if (other != "" && latest(other) > last) last = latest(other)
                if (last) print list[k] " " values[last] "\t" sources[last]
            }
        }' "$@"
}

# networkd_off CARD...: prints `CARD FILE:LINE: TEXT` where systemd-networkd is told to switch the forwarding of a card off, as it then
# does whenever it sets the card up: the last word of the card's own files, else of networkd's (systemd.network(5)). Before version
# 256 it only ever switched it on.
# shellcheck disable=SC2016 # awk's own $
networkd_off() {
    networkd_version=$(networkctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    [ "${networkd_version:-0}" -ge 256 ] || return 0
    networkd_own=$(
        for folder in /usr/lib /usr/local/lib /run /etc; do echo "$root$folder/systemd/networkd.conf"; done
        conf_files systemd/networkd.conf.d
    )
    for card; do
        link=$(cat "$root/sys/class/net/$card/ifindex" 2>/dev/null) && [ -r "$root/run/systemd/netif/links/$link" ] || continue
        # The file itself comes first there.
        networkd_card=$(awk -v prefix="$root" '
            !sub(/^NETWORK_FILE(_DROPINS)?=/, "") { next }
            { gsub(/"/, ""); count = split($0, files, " "); for (i = 1; i <= count; i++) print prefix files[i] }
        ' "$root/run/systemd/netif/links/$link")
        (
            set --
            while IFS= read -r file; do [ ! -f "$file" ] || set -- "$@" "$file"; done <<END
$networkd_own
$networkd_card
END
            [ $# = 0 ] || awk -v card="$card" -v prefix="$root" '
                FNR == 1 { section = "" }
                /^\[/ { section = $0 }
                section ~ /^\[Network\]/ && /^[ \t]*(IPv4Forwarding|IPForward)[ \t]*=/ {
                    value = tolower(substr($0, index($0, "=") + 1))
                    gsub(/[ \t\r]/, "", value)
                    text = substr(FILENAME, length(prefix) + 1) ":" FNR ": " $0
                }
                END { if (value ~ /^(no|false|0|off|n|f|ipv6)$/) print card " " text }' "$@"
        )
    done
}
