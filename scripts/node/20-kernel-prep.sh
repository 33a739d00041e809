# Kernel modules, sysctls and swap as Kubernetes needs them, now and after every reboot.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE kernel; by hand: ./hardway script NODE kernel | ssh HOST sudo sh
#
# MODULES: names, separated by spaces. MODULES_FILE, MODULES_TEXT: a modules-load.d(5) file.
# SYSCTLS: key=value lines. SYSCTL_FILE, SYSCTL_TEXT: a sysctl.d(5) file. SWAP: off or keep. SWAP_SERVICES: units that make swap.
# ADDRESS: this host's on the network of the other hosts, empty for none. BRIDGE: the pods', whether it is there or not.
#
# At boot systemd-modules-load comes before systemd-sysctl, and the keys net.bridge.* exist only once br_netfilter is
# loaded: that is why the module has to be in a modules-load.d file and not merely loaded by whoever needs it.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-problems.sh
. ./lib-conf.sh
. ./lib-modules.sh
. ./lib-sysctl.sh
. ./lib-cgroups.sh
. ./lib-swap.sh
. ./lib-kernel.sh

look_first() {
    look_at_modules
    find_forwarding
    look_at_sysctls
    problem_lines "$(missing_controllers)"
    look_at_swap
    refuse_problems
}

# Sets $modules, their names as the kernel has them.
look_at_modules() {
    modules='' rules=$(load_rules)
    for module in $MODULES; do
        case $module in *-*) module=$(printf '%s' "$module" | tr - _) ;; esac
        modules="$modules $module"
        if in_kernel "$module"; then continue; fi
        found=$(blocked "$module" "$rules")
        [ -n "$found" ] || found=$(missing "$module")
        problem_lines "$found"
    done
}

# What forwards packets is not net.ipv4.ip_forward but the switch of the card that they come in by. Writing the former sets all
# of them, once; a file that names a card has the last word, as udev applies it when the card appears (systemd-sysctl(8)).
# Sets $cards to those of this host that forward, and $forwarding to the keys of them, of the bridge and of cards to come; to
# nothing where ip_forward is not asked for.
find_forwarding() {
    forwarding='' cards=''
    case $newline$SYSCTLS$newline in
    *"${newline}net.ipv4.ip_forward=1$newline"*) ;;
    *) return 0 ;;
    esac
    cards=$({
        ip -o -4 route show default
        [ -z "$ADDRESS" ] || ip -o -4 address show to "$ADDRESS" | sed 's/^[0-9]*: */dev /'
    } | awk '{ for (i = 1; i < NF; i++) if ($i == "dev" && !seen[$(i + 1)]++) print $(i + 1) }')
    for card in $cards $BRIDGE default; do
        case " $forwarding " in
        *" net/ipv4/conf/$card/forwarding "*) ;;
        *) forwarding="$forwarding net/ipv4/conf/$card/forwarding" ;;
        esac
    done
}

# No file that is read later takes a value back, neither at boot nor in `sysctl --system`.
look_at_sysctls() {
    keys=$(printf '%s\n' "$SYSCTLS" | sed 's/=.*//')
    settings=$newline$(for reader in systemd procps; do
        sysctl_settings "$reader" "$(printf '%s' "$keys" | tr '\n' ' ')$forwarding" "$SYSCTL_FILE" "$SYSCTL_TEXT" | sed "s/^/$reader /"
    done)$newline
    while IFS='=' read -r key value; do
        [ -n "$key" ] || continue
        for reader in systemd procps; do
            if ! setting "$reader" "$key"; then
                problem "$key must be $value, but a boot does not read $SYSCTL_FILE, or a later file has -$key. Remove that"
            elif [ "$set" != "$value" ]; then
                problem "$key must be $value, but $source is read after $SYSCTL_FILE and takes it back. Remove that line"
            else
                continue
            fi
            break
        done
    done <<END
$SYSCTLS
END
    for key in $forwarding; do
        for reader in systemd procps; do
            setting "$reader" "$key" && [ "$set" != 1 ] || continue
            card=${key#net/ipv4/conf/}
            problem "$key must be 1, or packets that come in by ${card%/forwarding} are not forwarded, but $source sets it to $set." \
                "Remove that line"
            break
        done
    done
    if [ -z "$forwarding" ]; then return 0; fi
    # shellcheck disable=SC2086 # names of cards have no blanks
    problem_lines "$(networkd_off $cards "$BRIDGE" |
        sed 's/^\([^ ]*\) \(.*\)/packets that come in by \1 are not forwarded: \2 has systemd-networkd switch that off. Remove that line/')"
}

# setting READER KEY: sets $set and $source to what a file says last; fails when none does.
setting() {
    case $settings in *"$newline$1 $2 "*) ;; *) return 1 ;; esac
    set=${settings#*"$newline$1 $2 "}
    set=${set%%"$newline"*}
    source=${set#*	}
    set=${set%%	*}
}

look_at_swap() {
    case $SWAP in off | keep) ;; *) problem "SWAP is off or keep; found $SWAP" ;; esac
    if [ "$SWAP" = off ] && [ -n "$(swaps)" ]; then
        # What is swapped out comes back into memory, or the kernel starts killing.
        needed=$(awk '{ v[$1] = $2 } END { print v["SwapTotal:"] - v["SwapFree:"] - v["MemAvailable:"] }' "$root/proc/meminfo")
        if [ "$needed" -gt 0 ]; then
            problem "turning swap off needs $((needed / 1024 + 1)) MiB more memory than is available. Stop something, or add memory"
        fi
    fi
    if [ "$SWAP" != keep ]; then
        problem_lines "$(swap_starters "$SWAP_SERVICES" | sed 's/$/ turns swap on at boot. Take that away/')"
    fi
}

load_modules() {
    own_file "$MODULES_FILE" 0644 "$MODULES_TEXT"
    for module in $modules; do load_module "$module"; done
}

set_sysctls() {
    keys='' differing=false
    while IFS='=' read -r key wanted; do
        [ -n "$key" ] || continue
        keys="$keys $key"
        sysctl_read "$key" || die "the kernel has no sysctl $key; is its module among MODULES?"
        sysctl_record "$key" "$value"
        if [ "$value" != "$wanted" ]; then differing=true; fi
    done <<END
$SYSCTLS
END
    own_file "$SYSCTL_FILE" 0644 "$SYSCTL_TEXT"
    # shellcheck disable=SC2046 # unit names have no spaces
    disown_stale "$MODULES_FILE" "$SYSCTL_FILE" $(owned | grep '^/etc/systemd/system/')
    if $pending || $differing; then
        will_change
        # It also fails on other people's files, so the values that count are read back below.
        run sysctl --system || :
    fi
    for key in $forwarding; do
        # Setting net.ipv4.ip_forward does not do it where that is 1 already.
        if sysctl_read "$key" && [ "$value" != 1 ]; then
            will_change
            sysctl_record "$key" "$value"
            run sysctl -q -w "$key=1" || die "cannot set $key to 1"
        fi
    done
    for key in $(sysctl_recorded); do
        # A key that is no longer asked for goes back to what it was; undo does that for cards, which come and go.
        case $key in net/ipv4/conf/*/forwarding) continue ;; esac
        case " $keys " in *" $key "*) ;; *) sysctl_restore "$key" ;; esac
    done
}

set_swap() { if [ "$SWAP" = off ]; then swap_off; else swap_restore; fi; }

swap_off() {
    # Before anything is switched off: what undo has to switch on again.
    swaps | while read -r name priority; do
        grep -qsF -e " $name" "$state/swaps" || echo "$priority $name" >>"$state/swaps"
    done
    reload=false
    # A line of fstab(5) for swap.
    swap_entry='^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]].*)?$'
    if fstab_has "$swap_entry"; then
        will_change
        edit_fstab "s/$swap_entry/$swap_marker&/"
        reload=true
    fi
    mask_swap_units
    mask_swap_services
    if $reload; then run systemctl daemon-reload; fi
    names=$(swaps)
    while read -r name priority; do
        [ -n "$name" ] || continue
        will_change
        run swapoff "$(printf '%b' "$name")" || die "swapoff $name failed; is there memory enough? See the lines above"
    done <<END
$names
END
}

masked() { [ -L "$root/etc/systemd/system/$1" ] && [ "$(readlink "$root/etc/systemd/system/$1")" = /dev/null ]; }

# Swap units from elsewhere than fstab: hand-written, found by partition type (systemd-gpt-auto-generator), zram-generator.
mask_swap_units() {
    for folder in $unit_folders; do
        for file in "$root$folder"/*.swap; do
            if [ ! -f "$file" ] || grep -qxF SourcePath=/etc/fstab "$file" || masked "${file##*/}"; then continue; fi
            own_link "/etc/systemd/system/${file##*/}" /dev/null
            reload=true
        done
    done
}

# Services that make swap themselves.
mask_swap_services() {
    for unit in $SWAP_SERVICES; do
        if masked "$unit" || ! has_unit "$unit"; then continue; fi
        will_change
        if systemctl is-active -q "$unit"; then echo "$unit" >>"$state/swap-services"; fi
        run systemctl stop "$unit" || die "$unit does not stop; see journalctl -u $unit"
        own_link "/etc/systemd/system/$unit" /dev/null
        reload=true
    done
}

has_unit() {
    for folder in $unit_folders; do
        if [ -e "$root$folder/$1" ]; then return 0; fi
    done
    return 1
}

# Reads the effect back, and tells it.
check() {
    list=''
    for module in $modules; do
        if loaded "$module"; then json_pair "$module" loaded; else json_pair "$module" builtin; fi
        list=${list:+$list,}$json
    done
    sysctls=''
    while IFS='=' read -r key wanted; do
        [ -n "$key" ] || continue
        sysctl_read "$key"
        [ "$value" = "$wanted" ] || die "$key is $value after sysctl --system; wanted $wanted. Something on this host sets it back"
        json_pair "$key" "$value"
        sysctls=${sysctls:+$sysctls,}$json
    done <<END
$SYSCTLS
END
    for key in $forwarding; do
        if sysctl_read "$key" && [ "$value" != 1 ]; then
            die "$key is $value after it was set to 1. Something on this host sets it back"
        fi
    done
    if [ "$SWAP" != keep ] && [ -n "$(swaps)" ]; then die "swap is still on: $(swaps | head -n 3)"; fi

    fact kernel "$kernel"
    fact_json modules "{$list}"
    fact_json sysctls "{$sysctls}"
    fact_json swap "{\"totalKiB\":$(awk '$1 == "SwapTotal:" { print $2 }' "$root/proc/meminfo")}"
    fact_json cgroupVersion "$(cgroup_version)"
}

begin
look_first
load_modules
set_sysctls
set_swap
check
finish
