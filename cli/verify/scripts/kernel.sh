#!/bin/sh
# What the kernel runs with now and what the next boot will set. Values: MODULES_FILE; SYSCTLS, paths below /proc/sys.

# modprobe --showconfig says the same, but takes seconds for the aliases of all modules.
modprobe_rules() {
    grep -hsE '^[[:blank:]]*(blacklist|install)[[:blank:]]' /etc/modprobe.d/*.conf /run/modprobe.d/*.conf \
        /usr/local/lib/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf
    tr ' ' '\n' </proc/cmdline | sed -n 's/^\(modprobe[.]\|module_\)blacklist=//p' | tr ',' '\n' | sed 's/^/blacklist /'
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

# The units that decide on a boot's modules, sysctls and swap; the services are those of zram-tools, Ubuntu's zram-config,
# dphys-swapfile and swapspace. Asked for all at once: each question costs a process.
boot_units() {
    set -- systemd-modules-load.service systemd-sysctl.service swap.target \
        zramswap.service zram-config.service dphys-swapfile.service swapspace.service
    for file in /etc/systemd/system/*.swap /run/systemd/system/*.swap /run/systemd/generator*/*.swap \
        /usr/local/lib/systemd/system/*.swap /usr/lib/systemd/system/*.swap; do
        [ ! -e "$file" ] || set -- "$@" "${file##*/}"
    done
    systemctl show -p Id -p LoadState -p UnitFileState -p SourcePath -p WantedBy -p RequiredBy -- "$@"
}

read -r release </proc/sys/kernel/osrelease
section release echo "$release"
section proc-modules cut -d' ' -f1 /proc/modules
section builtin cat "/lib/modules/$release/modules.builtin"
section sys-module ls /sys/module
section modules-file text "$MODULES_FILE"
section modprobe-rules modprobe_rules
section units boot_units
for path in $SYSCTLS; do
    # In one go, unlike text: the kernel has no second byte for whoever reads a number byte by byte, as a shell does.
    section "sysctl $path" cat "/proc/sys/$path"
done
for file in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf /usr/lib/sysctl.d/*.conf \
    /lib/sysctl.d/*.conf /etc/sysctl.conf; do
    [ ! -e "$file" ] || section "sysctl-file $file" text "$file"
done
section swaps text /proc/swaps
section fstab text /etc/fstab
section zram zram_devices
