#!/bin/sh
# Whether what the steps wrote on this host is still as they wrote it: they note it beside what undo needs (scripts/node/lib.sh).
# Value: ROOT, prefix of every path, for tests.

# differences FOLDER: prints one line for each path that is not as its note says.
differences() {
    find "$1" ! -type d -size +0 -printf '/%P\n' | sort | while IFS= read -r path; do
        IFS= read -r noted <"$1$path"
        if [ -L "$ROOT$path" ]; then
            target=$(readlink "$ROOT$path")
            [ "$noted" = "-> $target" ] || echo "$path leads to $target"
        elif [ ! -f "$ROOT$path" ]; then
            echo "$path is gone"
        else
            mode=$(stat -c %a "$ROOT$path")
            [ "${noted#* }" = "$(sha256sum <"$ROOT$path" | cut -d ' ' -f 1)" ] || echo "$path was changed"
            case $noted in "-> "* | "$mode "*) ;; *) echo "$path has mode $mode instead of ${noted%% *}" ;; esac
        fi
    done
}

for step in "$ROOT"/var/lib/hardway/*/; do
    [ ! -d "$step/own" ] || section "step $(basename "$step")" differences "${step}own"
done
