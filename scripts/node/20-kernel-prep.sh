# Kernel modules, sysctls and swap as Kubernetes needs them, now and after every reboot.
# MODULES: names, separated by spaces. MODULES_FILE, MODULES_TEXT: a modules-load.d(5) file.
# SYSCTLS: key=value lines. SYSCTL_FILE, SYSCTL_TEXT: a sysctl.d(5) file. SWAP: off or keep.
#
# At boot systemd-modules-load comes before systemd-sysctl, and the keys net.bridge.* exist only once br_netfilter is
# loaded: that is why the module has to be in a modules-load.d file and not merely loaded by whoever needs it.
. ./lib-modules.sh
. ./lib-kernel.sh
begin
problems=''
problem() { problems="$problems$newline- $*"; }

# --- everything is looked at before anything is written ---
# blocked: prints "MODULE FILE:LINE: TEXT" for what keeps systemd-modules-load from loading it.
# shellcheck disable=SC2016 # awk's own $
blocked() {
    for folder in etc run usr/local/lib usr/lib lib; do
        for file in "$root/$folder/modprobe.d"/*.conf; do [ ! -r "$file" ] || printf '%s\0' "$file"; done
    done | xargs -0 -r awk -v prefix="$root" '
        $1 == "blacklist" || ($1 == "install" && $3 ~ /\/(true|false)$/) {
            name = $2
            gsub("-", "_", name)
            print name, substr(FILENAME, length(prefix) + 1) ":" FNR ": " $0
        }'
}

modules='' blocked=$newline$(blocked)
for module in $MODULES; do
    case $module in *-*) module=$(printf '%s' "$module" | tr - _) ;; esac
    modules="$modules $module"
    case $blocked in
    *"$newline$module "*)
        in_kernel "$module" && continue
        line=${blocked#*"$newline$module "}
        problem "the module $module is blocked by ${line%%"$newline"*}. Remove that line"
        ;;
    *)
        loadable "$module" ||
            problem "kernel $kernel has no module $module and it is not built in. Install the full kernel package (not a cut-down cloud or container one), or reboot if a newer kernel was just installed"
        ;;
    esac
done

# later_files: prints what is read after our file, in order. One name counts once, in the first of these folders
# (sysctl.d(5)); sysctl(8) --system reads /etc/sysctl.conf last of all.
later_files() {
    for folder in etc run usr/local/lib usr/lib lib; do
        for file in "$root/$folder/sysctl.d"/*.conf; do [ ! -r "$file" ] || printf '%s\t%s\n' "${file##*/}" "$file"; done
    done | awk -F '\t' -v ours="${SYSCTL_FILE##*/}" '!seen[$1]++ && $1 > ours' | sort | cut -f 2
    [ ! -r "$root/etc/sysctl.conf" ] || echo "$root/etc/sysctl.conf"
}

# overrides: prints "KEY VALUE", a tab and "FILE:LINE: TEXT" for every setting of a later file.
# shellcheck disable=SC2016 # awk's own $
overrides() {
    later_files | tr '\n' '\0' | xargs -0 -r awk -v prefix="$root" '
        /^[ \t]*([#;]|$)/ || !index($0, "=") { next }
        {
            at = index($0, "=")
            key = substr($0, 1, at - 1)
            value = substr($0, at + 1)
            gsub(/^[ \t-]+|[ \t]+$/, "", key)
            gsub("/", ".", key)
            gsub(/^[ \t]+|[ \t\r]+$/, "", value)
            gsub(/[ \t]+/, " ", value)
            # The same switch under another name (kernel, ip-sysctl).
            if (key == "net.ipv4.conf.all.forwarding") key = "net.ipv4.ip_forward"
            print key, value "\t" substr(FILENAME, length(prefix) + 1) ":" FNR ": " $0
        }'
}

overrides=$newline$(overrides)$newline
while IFS='=' read -r key value; do
    case $overrides in *"$newline$key "*) ;; *) continue ;; esac
    # The last word counts.
    line=${overrides##*"$newline$key "}
    line=${line%%"$newline"*}
    [ "${line%%	*}" = "$value" ] ||
        problem "$key must be $value, but ${line#*	} is read after $SYSCTL_FILE and takes it back. Remove that line"
done <<END
$SYSCTLS
END

case $SWAP in off | keep) ;; *) problem "SWAP is off or keep; found $SWAP" ;; esac
if [ "$SWAP" = off ] && [ -n "$(swaps)" ]; then
    # What is swapped out comes back into memory, or the kernel starts killing.
    needed=$(awk '{ v[$1] = $2 } END { print v["SwapTotal:"] - v["SwapFree:"] - v["MemAvailable:"] }' "$root/proc/meminfo")
    [ "$needed" -le 0 ] ||
        problem "turning swap off needs $((needed / 1024 + 1)) MiB more memory than is available. Stop something, or add memory"
fi
[ -z "$problems" ] || die "cannot be done on this host, nothing was changed:$problems"

# --- modules ---
own_file "$MODULES_FILE" 0644 "$MODULES_TEXT"
for module in $modules; do load_module "$module"; done

# --- sysctls ---
keys='' differing=false
while IFS='=' read -r key wanted; do
    [ -n "$key" ] || continue
    keys="$keys $key"
    sysctl_read "$key" || die "the kernel has no sysctl $key; is its module among MODULES?"
    sysctl_record "$key" "$value"
    [ "$value" = "$wanted" ] || differing=true
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
for key in $(sysctl_recorded); do
    # A key that is no longer asked for goes back to what it was.
    case " $keys " in *" $key "*) ;; *) sysctl_restore "$key" ;; esac
done

# --- swap ---
# A line of fstab(5) for swap.
swap_entry='^[[:space:]]*[^#[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+swap([[:space:]].*)?$'
masked() { [ -L "$root/etc/systemd/system/$1" ] && [ "$(readlink "$root/etc/systemd/system/$1")" = /dev/null ]; }

swap_off() {
    # Before anything is switched off: what undo has to switch on again.
    swaps | while read -r name priority; do
        grep -qsF -e " $name" "$state/swaps" || echo "$priority $name" >>"$state/swaps"
    done
    reload=false
    if fstab_has "$swap_entry"; then
        will_change
        edit_fstab "s/$swap_entry/$swap_marker&/"
        reload=true
    fi
    # Swap units from elsewhere than fstab: hand-written, found by partition type (systemd-gpt-auto-generator), zram-generator.
    for folder in /etc/systemd/system /run/systemd/system /run/systemd/generator.early /run/systemd/generator /usr/local/lib/systemd/system \
        /usr/lib/systemd/system /lib/systemd/system /run/systemd/generator.late; do
        for file in "$root$folder"/*.swap; do
            [ -f "$file" ] && ! grep -qxF SourcePath=/etc/fstab "$file" || continue
            ! masked "${file##*/}" || continue
            own_link "/etc/systemd/system/${file##*/}" /dev/null
            reload=true
        done
    done
    # Services that make swap on zram themselves (zram-tools, zram-config).
    for unit in zramswap.service zram-config.service; do
        ! masked "$unit" || continue
        [ -e "$root/lib/systemd/system/$unit" ] || [ -e "$root/etc/systemd/system/$unit" ] || continue
        will_change
        ! systemctl is-active -q "$unit" || echo "$unit" >>"$state/zram-services"
        run systemctl stop "$unit" || die "$unit does not stop; see journalctl -u $unit"
        own_link "/etc/systemd/system/$unit" /dev/null
        reload=true
    done
    ! $reload || run systemctl daemon-reload
    names=$(swaps)
    while read -r name priority; do
        [ -n "$name" ] || continue
        will_change
        run swapoff "$(printf '%b' "$name")" || die "swapoff $name failed; is there memory enough? See the lines above"
    done <<END
$names
END
}
if [ "$SWAP" = off ]; then swap_off; else swap_restore; fi

# --- effect ---
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
[ "$SWAP" = keep ] || [ -z "$(swaps)" ] || die "swap is still on: $(swaps | head -n 3)"

fact kernel "$kernel"
fact_json modules "{$list}"
fact_json sysctls "{$sysctls}"
fact_json swap "{\"totalKiB\":$(awk '$1 == "SwapTotal:" { print $2 }' "$root/proc/meminfo")}"
fact_json cgroupVersion "$(cgroup_version)"
finish
