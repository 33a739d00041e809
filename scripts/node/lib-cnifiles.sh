# The configuration files of a pod network, for the step that writes them and for the verification.
# Reads: nothing.
# Sets: nothing.

# cni_files FOLDER: prints the names of the files that a runtime would load, in its order; the first one is the pods' network.
# As libcni has it: what ends in .conf, .conflist or .json, hidden or not, sorted by byte.
cni_files() {
    for cni_file in "$1"/* "$1"/.*; do
        [ -e "$cni_file" ] || [ -L "$cni_file" ] || continue
        if [ -d "$cni_file" ] && [ ! -L "$cni_file" ]; then continue; fi
        case $cni_file in *.conf | *.conflist | *.json) printf '%s\n' "${cni_file##*/}" ;; esac
    done | LC_ALL=C sort
}
