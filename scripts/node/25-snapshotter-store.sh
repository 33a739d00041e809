# The place where a snapshotter keeps image layers, now and after every reboot: a file system of its own at the runtime's
# folder for it (btrfs, zfs), or a thin pool (devmapper); on an empty block device, or in files on the root disk.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it, with its values: ./hardway script NODE store; by hand: ./hardway script NODE store | ssh HOST sudo sh
#
# SNAPSHOTTER: btrfs, zfs or devmapper. DEVICE: a block device, empty for files. SIZE_GIB: size of those files.
# MODULES: what the kernel must have. PACKAGES: those with the tools. MOUNT: the snapshotter's folder. POOL: the pool's name,
# empty for none. UNIT: the systemd unit that brings it back at boot, empty where the tools do it themselves. SERVICES: the
# runtime's units; the first one waits for it. FILES, FILE_1 ...: see own_files.
#
# The steps in their order are at the end.
. ./lib-own.sh
. ./lib-problems.sh
. ./lib-packages.sh
. ./lib-modules.sh
. ./lib-store.sh

look_first() {
    device=''
    if [ -n "$DEVICE" ]; then device=$(readlink -f "$root$DEVICE" || :); fi
    look_at_modules
    look_at_store
    refuse_problems
}

look_at_modules() {
    # Debian has it as source alone.
    if [ "$SNAPSHOTTER" = zfs ]; then hint=' (which zfs-dkms of contrib builds, on Debian)'; else hint=''; fi
    for module in $MODULES; do
        problem_lines "$(missing "$module" |
            sed "s/^/the snapshotter $SNAPSHOTTER needs a kernel module$hint: /; s/$/, or choose another snapshotter/")"
    done
}

# Sets $wanted, what this store is, and $service, the one that waits for it.
look_at_store() {
    service=${SERVICES%% *}
    # What an earlier run decided on stays: another place would be one without the images and containers of this one.
    wanted="$SNAPSHOTTER on ${DEVICE:-files of $SIZE_GIB GiB} of $service"
    store=$(recorded store)
    if [ -n "$store" ] && [ "$store" != "$wanted" ]; then
        problem "this host has a store for $store, with images and containers in it; wanted $wanted. Remove that one first:" \
            "set hardway:snapshotter to overlayfs for this worker and run up, then set it as you want it"
    fi
    if [ -e "$state/made" ]; then
        if [ -n "$DEVICE" ] && [ -z "$problems" ] && ! is_ours "$device"; then
            problem "the device $DEVICE does not hold the store any more that was made on it; found:" \
                "$(signatures "$device" | tr '\n' ' '). Bring that disk back, or undo this step (destroy) and make another"
        fi
    else
        boot=$(cat "$root/proc/sys/kernel/random/boot_id")
        if [ -n "$DEVICE" ]; then look_at_device; else look_at_disk; fi
        if [ -z "$store" ]; then look_at_place; fi
    fi
}

look_at_device() {
    if [ ! -e "$device" ] || ! kind=$(lsblk -n -d -r -o TYPE "$device" 2>/dev/null); then
        problem "the device $DEVICE is not on this host, or is no block device; found:" \
            "$(lsblk -n -d -r -o NAME,TYPE,SIZE 2>/dev/null | tr '\n' ';')"
        return
    fi
    name=${device##*/}
    case $kind in
    disk | part | loop | lvm | crypt | mpath | raid*) ;;
    *) problem "the device $DEVICE is a $kind; wanted a disk or a partition" ;;
    esac
    if [ "$(blockdev --getro "$device")" != 0 ]; then problem "the device $DEVICE is read-only"; fi
    size=$(blockdev --getsize64 "$device")
    if [ "$size" -lt 1073741824 ]; then problem "the device $DEVICE has $((size / 1048576)) MiB; wanted 1024 MiB at least"; fi
    users=$(device_users)
    if [ -n "$users" ]; then
        problem "the device $DEVICE is in use: ${users%; }. Name another one"
        return
    fi
    if unfinished; then return; fi
    advice='Nothing of it is touched. If it may go, empty the device yourself:' zeros="dd if=/dev/zero of=$DEVICE bs=1M count=4"
    found=$(signatures "$device" | tr '\n' ' ')
    parts=$(lsblk -n -r -o NAME "$device" | sed 1d | tr '\n' ' ')
    if [ -n "$found$parts" ]; then
        problem "the device $DEVICE holds data: $found${parts:+with $parts}. $advice wipefs -a $DEVICE; $zeros"
    elif [ "$(head -c 4194304 "$device" | tr -d '\000' | head -c 1 | wc -c)" != 0 ]; then
        problem "the device $DEVICE holds data without a known form: its first 4 MiB are not all zero. $advice $zeros"
    fi
}

# unfinished: a run that was cut off may go on where it stopped, as long as the device's name cannot have moved to another disk.
unfinished() { [ "$(recorded claimed)" = "$boot $DEVICE" ]; }

# device_users: prints what uses the device, each with "; " after it.
device_users() {
    awk -v device="$DEVICE" -v real="/dev/$name" '$1 == device || $1 == real { printf "mounted at %s; ", $2 }' "$root/proc/mounts"
    awk -v device="$DEVICE" -v real="/dev/$name" '$1 == device || $1 == real { printf "swapped to; " }' "$root/proc/swaps"
    for holder in "$root/sys/class/block/$name/holders"/*; do
        if [ -e "$holder" ]; then printf 'part of %s; ' "${holder##*/}"; fi
    done
}

look_at_disk() {
    free=$(df -Pk "$root/var/lib" | awk 'NR == 2 { print int($4 / 1048576) }')
    if [ "$free" -lt "$SIZE_GIB" ]; then
        problem "the root disk has $free GiB free under /var/lib; the store may grow to $SIZE_GIB GiB." \
            "Set hardway:snapshotterGiB lower, or name an empty device as hardway:snapshotterDevice"
    fi
}

# The folder and the pool's name are nobody else's.
look_at_place() {
    if [ -n "$MOUNT" ]; then
        if type=$(mounted_type "$MOUNT"); then
            problem "$MOUNT is in use: a $type file system is mounted there. Unmount it, or choose another snapshotter"
        fi
        if [ -n "$(ls -A "$root$MOUNT" 2>/dev/null)" ]; then
            problem "$MOUNT is not empty. Move its content away, or choose another snapshotter"
        fi
    fi
    if [ -n "$POOL" ] && [ -e "$root/dev/mapper/$POOL" ]; then
        problem "there is a device /dev/mapper/$POOL that is not ours. Remove it, or choose another snapshotter"
    fi
}

# For undo, and for the next run.
remember() {
    record store "$wanted"
    record device "$DEVICE"
    record pool "$POOL"
    record unit "$UNIT"
    record service "$service"
    if [ -z "$POOL" ]; then record mount "$MOUNT"; fi
}

get_tools() {
    # shellcheck disable=SC2086 # a list of words
    [ -z "$PACKAGES" ] || apt_install $PACKAGES
    for module in $MODULES; do load_module "$module"; done
}

# A runtime that runs already has to look again, and keeps nothing open meanwhile.
stop_runtime() {
    if [ -e "$state/made" ] && { [ -z "$UNIT" ] || systemctl is-active -q "$UNIT"; }; then return 0; fi
    running=''
    for unit in $SERVICES; do
        # Last in, first out.
        if systemctl is-active -q "$unit"; then running="$unit $running"; fi
    done
    if [ -z "$running" ]; then return 0; fi
    will_change
    record stopped "$running"
    # shellcheck disable=SC2086 # a list of words
    run systemctl stop $running || die "cannot stop $running; see journalctl -xe"
}

make_store() {
    if [ -z "$POOL" ]; then
        own_dir "$MOUNT"
        # As containerd makes it.
        if grep -qsxF /var/lib/containerd "$state/dirs"; then chmod 0711 "$root/var/lib/containerd"; fi
    fi
    if [ -e "$state/made" ]; then return 0; fi
    will_change
    rm -f "$state/claimed"
    if [ -n "$DEVICE" ]; then record claimed "$boot $DEVICE"; fi
    case $SNAPSHOTTER in
    btrfs) make_btrfs ;;
    zfs) make_zpool ;;
    devmapper) make_thin_pool ;;
    *) die "the snapshotter $SNAPSHOTTER has no store; wanted btrfs, zfs or devmapper" ;;
    esac
    record made "$wanted"
    rm -f "$state/claimed"
}

# sparse NAME MIB: a file of ours that takes up what is written to it.
sparse() {
    rm -f "$state/$1"
    (umask 077 && : >"$state/$1") && run truncate -s "$2M" "$state/$1" || die "cannot make $state/$1; free disk space"
}

make_btrfs() {
    [ -n "$DEVICE" ] || sparse data.img "$((SIZE_GIB * 1024))"
    run mkfs.btrfs -q -f -L "$label" "${device:-$state/data.img}" ||
        die "cannot make a btrfs on ${DEVICE:-$state/data.img}; see the lines above"
    run udevadm settle || :
}

make_zpool() {
    [ -n "$DEVICE" ] || sparse data.img "$((SIZE_GIB * 1024))"
    # A pool of ours whose making was cut off.
    if zpool list -H -o name "$label" >/dev/null 2>&1; then
        run zpool destroy "$label" || die "cannot remove the zpool $label; see: zpool status"
    fi
    run zpool create -f -o cachefile=/etc/zfs/zpool.cache -m none "$label" "${device:-$state/data.img}" ||
        die "cannot make a zpool on ${DEVICE:-$state/data.img}; see the lines above"
    run zfs create -o "mountpoint=$MOUNT" "$label/snapshots" || die "cannot make the dataset $label/snapshots; see: zfs list"
}

make_thin_pool() {
    if [ -z "$DEVICE" ]; then
        sparse meta.img "$((SIZE_GIB * 1024 / 100 + 16))"
        sparse data.img "$((SIZE_GIB * 1024))"
        return
    fi
    # Two partitions, so that the disk shows to everybody that it is not empty, and keeps its parts' names.
    size=$(($(blockdev --getsize64 "$device") / 1048576))
    # Metadata: one hundredth is twice what containerd's snapshots of 64 KiB blocks can need (kernel, thin-provisioning).
    printf 'label: gpt\nname=%s, size=%sMiB\nname=%s\n' "$label-meta" "$((size / 100 + 16))" "$label-data" |
        sfdisk --quiet "$device" || die "cannot partition $DEVICE; see the lines above"
    run udevadm settle || :
    wait_for 20 1 parts_there || die "the partitions of $DEVICE do not appear under /dev/disk/by-partlabel; see: lsblk -o +PARTLABEL"
    # The kernel makes a new pool where its metadata begin with zeros.
    run dd if=/dev/zero of="$root$meta_part" bs=4096 count=1 conv=fsync,notrunc || die "cannot write $meta_part; see dmesg"
}

parts_there() { [ -e "$root$meta_part" ] && [ -e "$root$data_part" ]; }

bring_up() {
    own_files
    set --
    if [ -n "$UNIT" ]; then
        link=/etc/systemd/system/$service.requires/$UNIT
        set -- "$link"
        # Without its store the runtime would not start, or fill the root disk.
        own_link "$link" "/etc/systemd/system/$UNIT"
    fi
    # shellcheck disable=SC2046 # paths of ours have no blanks
    disown_stale "$@" $(file_paths)
    if [ -z "$UNIT" ]; then return 0; fi
    if $pending; then run systemctl daemon-reload; fi
    if systemctl is-active -q "$UNIT"; then return 0; fi
    will_change
    run systemctl reset-failed "$UNIT" || :
    run systemctl start "$UNIT" ||
        die "the unit $UNIT does not start; see: journalctl -u $UNIT. It says:" \
            "$(journalctl -u "$UNIT" -n 5 -o cat --no-pager 2>/dev/null | tail -c 600)"
}

# Also those that an earlier run stopped and was cut off.
start_runtime() {
    stopped=$(recorded stopped)
    if [ -z "$stopped" ]; then return 0; fi
    # shellcheck disable=SC2086 # a list of words
    run systemctl start $stopped || die "$stopped does not start again with its store; see journalctl -xe"
    rm -f "$state/stopped"
}

check_store() {
    if [ -n "$POOL" ]; then
        status=$(dmsetup status "$POOL") || die "there is no device $POOL after $UNIT ran; see: dmsetup ls"
        case $status in
        *" thin-pool "*" rw "*) ;;
        *) die "the thin pool $POOL cannot be written to; dmsetup status says: $status" ;;
        esac
        fact pool "$POOL"
    else
        type=$(mounted_type "$MOUNT") || die "nothing is mounted at $MOUNT after $UNIT ran"
        [ "$type" = "$SNAPSHOTTER" ] || die "a file system of type $type is mounted at $MOUNT; wanted $SNAPSHOTTER"
        fact mount "$MOUNT"
    fi
}

tell_facts() {
    fact snapshotter "$SNAPSHOTTER"
    if [ -n "$DEVICE" ]; then fact device "$DEVICE"; else fact_json fileGiB "$SIZE_GIB"; fi
}

begin
look_first
remember
get_tools
stop_runtime
make_store
bring_up
start_runtime
check_store
tell_facts
finish
