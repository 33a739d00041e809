# Takes the snapshotter's store away, with every image and container in it; a device is empty again. Needs no variables.
#
# Sent as one text: `. ./lib-NAME.sh` stands for the functions of that file that are used here, and lib.sh comes before it.
# As a host gets it: ./hardway script NODE store --undo; by hand: ./hardway script NODE store --undo | ssh HOST sudo sh
. ./lib-own.sh
. ./lib-packages.sh
. ./lib-purge.sh
. ./lib-modules.sh
. ./lib-store.sh
begin_undo
unit=$(recorded unit)
mount=$(recorded mount)
pool=$(recorded pool)
given=$(recorded device)
device=''
[ -z "$given" ] || device=$(readlink -f "$root$given" || :)

# The runtime no longer needs the unit, so that it lives on when that ends.
[ -z "$unit" ] || {
    disown_file "/etc/systemd/system/$(recorded service).requires/$unit"
    run systemctl daemon-reload
    case $unit in
    *.mount)
        if mounted_type "$mount" >/dev/null; then
            run systemctl stop "$unit" ||
                die "$mount is in use; stop the containers on it (the runtime's step is undone first), then run again"
        fi
        ;;
    *) run systemctl stop "$unit" || : ;;
    esac
}
if [ -n "$mount" ] && [ -z "$unit" ] && zpool list -H -o name "$label" >/dev/null 2>&1; then
    run zpool destroy -f "$label" || die "the zpool $label is in use; stop the containers on it, then run again"
fi
if [ -n "$pool" ] && [ -e "$root$pool_program" ]; then
    pool_call stop "$pool" "$given" || die "the thin pool $pool is in use; stop the containers on it, then run again. See: dmsetup ls"
fi
# Only what is ours, and what a run that was cut off began.
if [ -n "$device" ] && { [ -e "$state/made" ] || [ -e "$state/claimed" ]; } && [ -e "$device" ] && is_ours "$device"; then
    blank "$device"
    run udevadm settle || :
fi
disown_all
[ -z "$unit" ] || run systemctl daemon-reload
apt_purge_own
unload_ours
finish_undo
