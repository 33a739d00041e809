# The store of a snapshotter that needs one: a block device that is empty, or files in the step's own folder.
# Reads: nothing.
# Sets: $label, what our file systems and partitions are called: a disk that has it is ours; $meta_part, $data_part; $pool_program.

label=hardway-store
meta_part=/dev/disk/by-partlabel/$label-meta data_part=/dev/disk/by-partlabel/$label-data
pool_program=/usr/local/lib/hardway/thin-pool.sh

# signatures DEVICE: prints the types of what is on it: file systems, partition tables, members of arrays and volume groups.
signatures() { wipefs -n -i -O TYPE "$1" 2>/dev/null | sed '1d; s/ //g; /^$/d' | sort -u; }

# is_ours DEVICE: it carries our label, on itself or on its partitions.
is_ours() { lsblk -n -r -o LABEL,PARTLABEL "$1" 2>/dev/null | grep -q -e "$label"; }

# mounted_type PATH: prints the type of the file system that is mounted there, the last one that was.
mounted_type() { awk -v at="$1" '$2 == at { type = $3 } END { if (type) print type; else exit 1 }' "$root/proc/mounts"; }

# pool_call start|stop POOL DEVICE: the program that also sets the pool up at boot.
pool_call() {
    if [ -n "$3" ]; then
        run "$root$pool_program" "$1" "$2" "$meta_part" "$data_part"
    else
        run "$root$pool_program" "$1" "$2" "$state/meta.img" "$state/data.img"
    fi
}

# blank DEVICE: as it was before us, empty: a later run would take anything else for somebody's data.
blank() {
    run wipefs -a -q "$1" || die "cannot empty $1; is something of it still in use?"
    run dd if=/dev/zero of="$1" bs=1M count=4 conv=fsync,notrunc || die "cannot write $1; see dmesg"
}
