# Kernel modules: whether they are there, what keeps them from being loaded, and loading what is not there.
# load_rules needs lib-conf.
# Reads: nothing.
# Sets: $kernel, the version of the running kernel.

kernel=$(uname -r)
# loaded MODULE: it was loaded and has a state here; one that is built in has none, and not always a folder.
loaded() { [ -e "$root/sys/module/$1/initstate" ]; }
# in_kernel MODULE: it is built in. The kernel's list has - or _ as in the names of the source files.
in_kernel() {
    builtin_begins='' builtin_ends=$1
    while case $builtin_ends in *_*) ;; *) false ;; esac; do
        builtin_begins="$builtin_begins${builtin_ends%%_*}[-_]" builtin_ends=${builtin_ends#*_}
    done
    grep -q "/$builtin_begins${builtin_ends}[.]ko" "$root/lib/modules/$kernel/modules.builtin" 2>/dev/null
}

# modules_locked: the kernel loads no more modules, whatever modprobe says (kernel, admin-guide/sysctl/kernel).
modules_locked() { [ "$(cat "$root/proc/sys/kernel/modules_disabled" 2>/dev/null)" = 1 ]; }

# load_rules: prints `MODULE FILE:LINE: TEXT` for what systemd-modules-load(8) does not load a module because of: blacklists,
# also the kernel's arguments, and install lines whose command loads none (modprobe.d(5)).
# shellcheck disable=SC2016 # awk's own $
load_rules() {
    conf_files modprobe.d | tr '\n' '\0' | xargs -0 -r awk -v prefix="$root" '
        $1 == "blacklist" || ($1 == "install" && !/(modprobe|insmod|kmod)/) {
            name = $2
            gsub("-", "_", name)
            print name, substr(FILENAME, length(prefix) + 1) ":" FNR ": " $0
        }'
    awk '{
        for (i = 1; i <= NF; i++) {
            if (!sub(/^(modprobe[.]|module_)blacklist=/, "", $i)) continue
            count = split($i, names, ",")
            for (n = 1; n <= count; n++) {
                name = names[n]
                gsub("-", "_", name)
                if (name != "") print name, "/proc/cmdline:1: modprobe.blacklist=" names[n]
            }
        }
    }' "$root/proc/cmdline"
}

# diverted MODULE: prints why modprobe does not load it, or one that it needs, though it is there (modprobe.d(5)), one line a reason.
diverted() {
    { modprobe --show-depends "$1" 2>/dev/null || :; } | while read -r how what; do
        case $how:$what in
        install:*modprobe* | install:*insmod* | install:*kmod*) ;;
        install:*) echo "for the module $1, or for one that it needs, modprobe.d has: install ... $what. Remove that line" ;;
        esac
    done
}

# blocked MODULE RULES: prints why no boot loads it though it is there, one line a reason; RULES is what load_rules printed.
blocked() {
    printf '%s\n' "$2" | sed -n "s/^$1 \(.*\)/the module $1 is blocked by \1. Remove that line/p"
    case $newline$2 in *"$newline$1 "*) ;; *) diverted "$1" ;; esac
}

# missing MODULE: prints why it is not there and cannot be loaded now, one line a reason. What `modprobe -n` says is not enough: it
# looks at no file, and knows nothing of a kernel that takes no more modules.
missing() {
    if loaded "$1" || in_kernel "$1"; then return 0; fi
    if modules_locked; then
        echo "the kernel loads no more modules (kernel.modules_disabled is 1, which only a reboot ends), and the module $1 is" \
            "not loaded. Take away what sets it, reboot and run this again"
    elif depends=$(modprobe --show-depends "$1" 2>/dev/null); then
        diverted "$1"
        printf '%s\n' "$depends" | while read -r how file rest; do
            if [ "$how" != insmod ] || [ -e "$root$file" ]; then continue; fi
            echo "the module $1 needs the file $file${rest:+ ($rest)}, which is not there." \
                "Install the kernel's package again, or reboot if a newer kernel was just installed"
        done
    else
        echo "kernel $kernel has no module $1 and it is not built in. Install the full kernel package (not a cut-down cloud or" \
            "container one), or reboot if a newer kernel was just installed"
    fi
}

# load_module MODULE: it is there now. Undo unloads what this brings in, and only that.
load_module() {
    if loaded "$1" || in_kernel "$1"; then return 0; fi
    why=$(missing "$1")
    [ -z "$why" ] || die "$why"
    will_change
    modprobe --show-depends "$1" | awk '$1 == "insmod" { sub(".*/", "", $2); sub("[.]ko.*", "", $2); gsub("-", "_", $2); print $2 }' |
        while IFS= read -r name; do loaded "$name" || echo "$name"; done >>"$state/loaded"
    run modprobe "$1" || die "modprobe $1 failed; see dmesg"
    loaded "$1" || die "modprobe $1 said yes, but the kernel does not have it; see dmesg"
}

# unload_ours: last in, first out. One that something uses by now stays, and all do where the kernel takes none away.
unload_ours() {
    recorded loaded | tac | while IFS= read -r module; do
        if ! loaded "$module"; then continue; fi
        run rmmod "$module" || echo "kept: $module, until the next reboot"
    done
}
