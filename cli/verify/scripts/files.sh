#!/bin/sh
# Whether the steps' files on this host are unchanged: the steps record them beside what undo needs (scripts/node/lib.sh).
# Value: ROOT, prefix of every path, for tests.

# differences FOLDER: prints a line for each path that differs from its record. Each program is started once for all paths.
differences() {
    folder=$1
    paths=$(find "$folder" ! -type d -size +0 -printf '/%P\n' | sort)
    set --
    while IFS= read -r path; do
        if [ -f "$ROOT$path" ] && [ ! -L "$ROOT$path" ]; then set -- "$@" "$ROOT$path"; fi
    done <<END
$paths
END
    # Read in the order of the paths, since sha256sum escapes some names.
    sums='' modes=''
    [ $# = 0 ] || sums=$(sha256sum "$@") modes=$(stat -c %a "$@")
    while IFS= read -r path; do
        [ -n "$path" ] || continue
        IFS= read -r noted <"$folder$path"
        if [ -L "$ROOT$path" ]; then
            target=$(readlink "$ROOT$path")
            [ "$noted" = "-> $target" ] || echo "$path leads to $target"
        elif [ ! -f "$ROOT$path" ]; then
            echo "$path is gone"
        else
            read -r sum _ <&3
            read -r mode <&4
            [ "${noted#* }" = "${sum#\\}" ] || echo "$path was changed"
            case $noted in "-> "* | "$mode "*) ;; *) echo "$path has mode $mode instead of ${noted%% *}" ;; esac
        fi
    done <<PATHS 3<<SUMS 4<<MODES
$paths
PATHS
$sums
SUMS
$modes
MODES
}

for step in "$ROOT"/var/lib/hardway/*/; do
    [ ! -d "$step/own" ] || section "step $(basename "$step")" differences "${step}own"
done
