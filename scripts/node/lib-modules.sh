# Kernel modules: whether they are there, and loading what is not.

kernel=$(uname -r)
# loaded MODULE: it was loaded and has a state here; one that is built in has none, and not always a folder.
loaded() { [ -e "$root/sys/module/$1/initstate" ]; }
# in_kernel MODULE: it is built in. The kernel's list has - or _ as in the names of the source files.
in_kernel() { grep -q "/$(printf '%s' "$1" | sed 's/_/[-_]/g')[.]ko" "$root/lib/modules/$kernel/modules.builtin" 2>/dev/null; }
# loadable MODULE: it is there, or can be loaded.
loadable() { loaded "$1" || in_kernel "$1" || modprobe -n -q "$1"; }

# load_module MODULE: it is there now. Undo unloads what this brings in, and only that.
load_module() {
    ! loaded "$1" && ! in_kernel "$1" || return 0
    will_change
    modprobe --show-depends "$1" | awk '$1 == "insmod" { sub(".*/", "", $2); sub("[.]ko.*", "", $2); gsub("-", "_", $2); print $2 }' |
        while IFS= read -r name; do loaded "$name" || echo "$name"; done >>"$state/loaded"
    run modprobe "$1" || die "modprobe $1 failed; see dmesg"
    loaded "$1" || die "modprobe $1 said yes, but the kernel does not have it; see dmesg"
}

# unload_ours: last in, first out. One that something uses by now stays.
unload_ours() {
    recorded loaded | tac | while IFS= read -r module; do
        ! loaded "$module" || run rmmod "$module" || echo "kept: $module is in use"
    done
}
