# Kernel state that 20-kernel-prep changes and its undo restores. Needs lib-sysctl.
# Reads: nothing.
# Sets: $swap_marker, what stands before an fstab(5) entry that we switched off.

sysctl_recorded() { recorded sysctls | sed 's/=.*//'; }

sysctl_record() {
    case $newline$(recorded sysctls) in *"$newline$1="*) return 0 ;; esac
    private_dir "$state"
    printf '%s=%s\n' "$1" "$2" >>"$state/sysctls"
}

# sysctl_restore KEY: back to the recorded value, unless the key went away with its module.
sysctl_restore() {
    will_change
    sysctl_was=$(awk -F = -v key="$1" '$1 == key { print substr($0, length(key) + 2) }' "$state/sysctls")
    if sysctl_read "$1" && [ "$value" != "$sysctl_was" ]; then
        run sysctl -q -w "$1=$sysctl_was" || die "cannot set $1 back to $sysctl_was"
    fi
    awk -F = -v key="$1" '$1 != key' "$state/sysctls" >"$state/sysctls.new" && mv -f "$state/sysctls.new" "$state/sysctls"
}

swap_marker='# off by hardway: '

# swaps: prints "NAME PRIORITY" of what is swapped to now; a NAME has its blanks as \0040, for printf %b.
swaps() { awk 'NR > 1 { gsub(/\\/, "\\0", $1); print $1, $5 }' "$root/proc/swaps"; }

fstab_has() { [ -e "$root/etc/fstab" ] && grep -Eq -e "$1" "$root/etc/fstab"; }

# edit_fstab SED: the file is not ours, so only the lines that matter change, and owner and mode stay.
edit_fstab() {
    fstab=$(readlink -f "$root/etc/fstab")
    cp -a "$fstab" "$fstab.hardway-new" && sed -E -e "$1" "$fstab" >"$fstab.hardway-new" || unplaced "$fstab"
    place "$fstab"
}

# swap_restore: swap is as it was before us: fstab, units, and what was switched on.
swap_restore() {
    reload=false
    if fstab_has "^$swap_marker"; then
        will_change
        edit_fstab "s/^$swap_marker//"
        reload=true
    fi
    masked=$(owned | grep '^/etc/systemd/system/' || :)
    if [ -n "$masked" ]; then reload=true; fi
    each_line disown_file "$masked"
    if $reload; then run systemctl daemon-reload; fi
    for unit in $(recorded swap-services); do run systemctl start "$unit" || echo "not started: $unit"; done
    swaps_were=$(recorded swaps)
    while read -r priority name; do
        [ -n "$name" ] || continue
        will_change
        swaps | grep -qF -e "$name " || case $name:$priority in
        # Only its unit knows how to set a zram device up.
        /dev/zram*) run systemctl start "$(systemd-escape -p --suffix=swap "$name")" || echo "not restored: $name" ;;
        *:-*) run swapon "$(printf '%b' "$name")" || echo "not restored: $name" ;;
        *) run swapon -p "$priority" "$(printf '%b' "$name")" || echo "not restored: $name" ;;
        esac
    done <<EOF
$swaps_were
EOF
    rm -f "$state/swaps" "$state/swap-services"
}
