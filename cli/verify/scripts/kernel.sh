#!/bin/sh
# What the kernel runs with now and what the next boot will set. Values: MODULES; MODULES_FILE; SYSCTLS; SWAP_SERVICES; BRIDGE and
# ADDRESS, the pods' bridge and this host's address on the hosts' network. What the step of scripts/node looks at as well is read by
# the same code.
root='' state='' newline='
'
. ./lib-conf.sh
. ./lib-modules.sh
. ./lib-sysctl.sh
. ./lib-cgroups.sh
. ./lib-swap.sh

# What would keep the next boot from loading a module that is not built in.
blocked_modules() {
    rules=$(load_rules)
    for module in $MODULES; do
        name=$(printf '%s' "$module" | tr - _)
        in_kernel "$name" || blocked "$name" "$rules" | sed "s/^/$name /"
    done
}

# The first configuration file counts, with every drop-in on top (zram-generator.conf(5)).
zram_devices() {
    [ -x /usr/lib/systemd/system-generators/zram-generator ] || return 0
    for folder in /etc /run /usr/local/lib /usr/lib; do
        if [ -e "$folder/systemd/zram-generator.conf" ]; then
            text "$folder/systemd/zram-generator.conf"
            break
        fi
    done
    cat /etc/systemd/zram-generator.conf.d/*.conf /usr/lib/systemd/zram-generator.conf.d/*.conf 2>/dev/null
}

# The units that determine a boot's modules, sysctls and swap. Read all at once: each call is a process.
boot_units() {
    # shellcheck disable=SC2086 # names without blanks
    set -- systemd-modules-load.service systemd-sysctl.service swap.target $SWAP_SERVICES
    for folder in $unit_folders; do
        for file in "$folder"/*.swap; do [ ! -e "$file" ] || set -- "$@" "${file##*/}"; done
    done
    systemctl show -p Id -p LoadState -p UnitFileState -p SourcePath -p WantedBy -p RequiredBy -- "$@"
}

# Every card on which packets of pods can arrive (default route, other hosts, pods), and the default of new cards.
forwarding_cards() {
    {
        ip -o -4 route show default
        ip -o -4 address show to "$ADDRESS" | sed 's/^[0-9]*: */dev /'
    } | awk '{ for (i = 1; i < NF; i++) if ($i == "dev") print $(i + 1) }'
    printf '%s\n' default "$BRIDGE"
}

section release echo "$kernel"
section proc-modules cut -d' ' -f1 /proc/modules
section builtin cat "/lib/modules/$kernel/modules.builtin"
section sys-module ls /sys/module
section modules-file text "$MODULES_FILE"
section blocked-modules blocked_modules
section units boot_units
for key in $SYSCTLS; do
    sysctl_path "$key"
    # In one read, unlike text: the kernel ends the file early for a reader that takes a number byte by byte, as a shell does.
    section "sysctl $key" cat "/proc/sys/$path"
done
cards=$(forwarding_cards | sort -u) keys=''
for card in $cards; do
    key=net/ipv4/conf/$card/forwarding
    keys="$keys $key"
    [ ! -e "/proc/sys/$key" ] || section "forwarding $card" cat "/proc/sys/$key"
done
section boot-sysctls sysctl_settings systemd "$(printf '%s' "$SYSCTLS" | tr '\n' ' ')$keys"
section reload-sysctls sysctl_settings procps "$(printf '%s' "$SYSCTLS" | tr '\n' ' ')$keys"
# shellcheck disable=SC2086 # names of cards have no blanks
section networkd-off networkd_off $cards
section controllers missing_controllers
section swap-starters swap_starters "$SWAP_SERVICES"
section swaps text /proc/swaps
section fstab text /etc/fstab
section zram zram_devices
