#!/bin/sh
# The thin pool of containerd's snapshotter devmapper: the kernel forgets it at each boot.
# thin-pool.sh start|stop POOL METADATA DATA; METADATA and DATA are block devices or files.
set -eu
PATH=$PATH:/usr/sbin:/sbin
pool=$2 metadata=$3 data=$4

# device PATH: prints the block device of a path; a file gets a loop device, the same one as long as it has one.
device() {
    if [ ! -f "$1" ]; then
        # At boot a disk's partitions may still be on their way.
        tries=0
        until [ -b "$1" ]; do
            tries=$((tries + 1))
            [ "$tries" -le 30 ] || { echo "$1 is not there" >&2 && exit 1; }
            sleep 1
        done
        printf '%s' "$1"
        return
    fi
    loop=$(losetup -n -O NAME -j "$1" | head -n 1)
    [ -n "$loop" ] || loop=$(losetup --find --show "$1")
    printf '%s' "$loop"
}

case $1 in
start)
    ! dmsetup info "$pool" >/dev/null 2>&1 || exit 0
    # One assignment each, since only the last one's failure would end the script.
    metadata=$(device "$metadata")
    data=$(device "$data")
    # Blocks of 64 KiB, as small as they may be; 1 GiB before the end the kernel sends an event (kernel, thin-provisioning).
    dmsetup create "$pool" --table "0 $(blockdev --getsz "$data") thin-pool $metadata $data 128 16384"
    ;;
stop)
    if dmsetup info "$pool" >/dev/null 2>&1; then
        # containerd's snapshots are named after the pool.
        for name in $(dmsetup ls --target thin | awk -v prefix="$pool-snap-" 'index($1, prefix) == 1 { print $1 }'); do
            dmsetup remove --retry "$name"
        done
        dmsetup remove --retry "$pool"
    fi
    for file in "$metadata" "$data"; do
        [ -f "$file" ] || continue
        losetup -n -O NAME -j "$file" | while IFS= read -r loop; do losetup -d "$loop"; done
    done
    ;;
esac
