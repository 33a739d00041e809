# What a step owns on a host, and how it was before. Below the step's folder, $state of lib.sh:
#   own/PATH   PATH is ours; see note  dirs       folders that we made
#   was/PATH   what PATH was before    packages   packages that were not installed before
# Reads: $root, $state, $newline; FILES, FILE_1 and so on, see own_files.
# Sets: $unit_paths, see own_unit; $changed and $pending, see will_change.

# private_dir DIR: a folder for what only root should read.
private_dir() { (umask 077 && mkdir -p "$1") || die "cannot make $1; free disk space or mount it writable"; }

# place FILE: FILE.hardway-new, which is written, takes the place of FILE in one go.
place() {
    [ -L "$1.hardway-new" ] || sync "$1.hardway-new" || unplaced "$1"
    mv -fT "$1.hardway-new" "$1" || unplaced "$1"
}

# unplaced FILE: ends the step because FILE could not be written, with nothing of ours left beside it. Tools say only that it is
# not permitted where somebody made FILE or its folder unchangeable.
unplaced() {
    rm -f "$1.hardway-new"
    fixed=$(lsattr -d "$1" "${1%/*}" 2>/dev/null | awk '$1 ~ /[ia]/ { print substr($0, index($0, $2)); exit }')
    [ -z "$fixed" ] ||
        die "cannot write ${1#"$root"}: ${fixed#"$root"} is immutable or append-only (lsattr -d), so not even root can change it." \
            "If that may be, take it off: chattr -ia ${fixed#"$root"}"
    die "cannot write ${1#"$root"}; see the lines above, free disk space or mount it writable"
}

# save FILE TEXT: FILE below /var/lib/hardway holds TEXT, whole or not at all.
save() {
    private_dir "${1%/*}"
    printf '%s\n' "$2" >"$1.hardway-new" || unplaced "$1"
    place "$1"
}

# record NAME VALUE: remembers how something was before us; the first value stays. recorded NAME prints it.
record() { [ -e "$state/$1" ] || save "$state/$1" "$2"; }
recorded() { [ ! -e "$state/$1" ] || cat "$state/$1"; }

# will_change: from here to `finish` an interrupted run is known as such.
will_change() {
    changed=true pending=true
    [ -e "$state/pending" ] || { private_dir "$state" && : >"$state/pending"; }
}

# own_dir DIR: makes the folder and its parents; undo removes those that we made, when they are empty.
own_dir() {
    [ ! -d "$root$1/" ] || return 0
    own_dir "${1%/*}"
    will_change
    printf '%s\n' "$1" >>"$state/dirs"
    mkdir "$root$1" || die "cannot make the folder $1"
}

# claim PATH: keeps what PATH is now and marks PATH as ours, in an order that no interruption can spoil.
claim() {
    case $1 in
    *"$newline"*) die "the path $1 has a line break in it" ;;
    /*) ;;
    *) die "the path $1 is not absolute" ;;
    esac
    will_change
    own_dir "${1%/*}"
    [ ! -e "$state/own$1" ] || return 0
    if [ -d "$root$1" ] && [ ! -L "$root$1" ]; then die "$1 is a folder where a file is needed; move it away"; fi
    private_dir "$state/own${1%/*}"
    if [ -e "$root$1" ] || [ -L "$root$1" ]; then
        private_dir "$state/was${1%/*}"
        put "$root$1" "$state/was$1"
    fi
    : >"$state/own$1"
}

# put FROM TO: TO becomes a copy of FROM, whole or not at all.
put() {
    cp -a "$1" "$2.hardway-new" || unplaced "$2"
    place "$2"
}

holds() { [ -f "$root$1" ] && [ ! -L "$root$1" ] && printf '%s' "$2" | cmp -s - "$root$1"; }

# own_file PATH MODE TEXT: PATH holds exactly TEXT. Nothing is written when it does already.
own_file() {
    if holds "$1" "$3" && [ "$(stat -c %a "$root$1")" = "${2#0}" ]; then
        note "$1"
        return 0
    fi
    claim "$1"
    (umask 077 && printf '%s' "$3" >"$root$1.hardway-new") && chmod "$2" "$root$1.hardway-new" || unplaced "$root$1"
    place "$root$1"
    note "$1"
}

# note PATH: writes down what a file or link of ours is, which the verification compares it with later: `MODE SHA256` or
# `-> TARGET`. Nothing happens when PATH is not ours.
note() {
    [ -e "$state/own$1" ] || return 0
    if [ -L "$root$1" ]; then
        noted="-> $(readlink "$root$1")"
    else
        noted="$(stat -c %a "$root$1") $(sha256sum <"$root$1" | cut -d ' ' -f 1)"
    fi
    [ "$noted" = "$(cat "$state/own$1")" ] || printf '%s\n' "$noted" >"$state/own$1" || die "cannot write under $state; free disk space"
}

# own_files: the files that FILES lists, one `MODE PATH` a line, with the texts FILE_1, FILE_2 and so on.
own_files() { each_file own_file; }

# each_file FUNCTION: calls it with PATH, MODE and TEXT of each of these files. file_paths: prints their paths, one a line.
each_file() {
    file_count=0
    while read -r file_mode file_path; do
        [ -n "$file_path" ] || continue
        file_count=$((file_count + 1)) file_text=''
        eval "file_text=\$FILE_$file_count"
        "$1" "$file_path" "$file_mode" "$file_text"
    done <<EOF
$FILES
EOF
}
file_paths() { printf '%s\n' "$FILES" | sed 's/^[^ ]* //'; }

# own_link PATH TARGET: PATH is a symbolic link to TARGET.
own_link() {
    if [ ! -L "$root$1" ] || [ "$(readlink "$root$1")" != "$2" ]; then
        claim "$1"
        ln -sfn "$2" "$root$1.hardway-new" || unplaced "$root$1"
        place "$root$1"
    fi
    note "$1"
}

# same FILE FILE: two plain files of one content, mode and owner.
same() {
    [ -f "$1" ] && [ -f "$2" ] && [ ! -L "$1" ] && [ ! -L "$2" ] && cmp -s "$1" "$2" &&
        [ "$(stat -c '%a %u %g' "$1")" = "$(stat -c '%a %u %g' "$2")" ]
}

# disown_file PATH: what was there before us is there again. Nothing happens when PATH is not ours.
disown_file() {
    [ -e "$state/own$1" ] || return 0
    will_change
    if [ -e "$state/was$1" ] || [ -L "$state/was$1" ]; then
        mkdir -p "$root${1%/*}"
        # One that could never be replaced cannot be put back either, and need not.
        same "$state/was$1" "$root$1" || put "$state/was$1" "$root$1"
    else
        rm -f "$root$1" || unplaced "$root$1"
    fi
    rm -f "$state/own$1" "$state/was$1"
}

owned() { [ ! -d "$state/own" ] || find "$state/own" ! -type d -printf '/%P\n'; }

# disown_stale KEEP...: gives up every path that is ours and not among KEEP, such as one under an earlier name.
disown_stale() {
    owned_paths=$(owned)
    while IFS= read -r owned_path; do
        [ -n "$owned_path" ] || continue
        for keep; do [ "$keep" != "$owned_path" ] || continue 2; done
        disown_file "$owned_path"
    done <<EOF
$owned_paths
EOF
}

# disown_all: gives up every path and removes the folders that we made and nobody uses.
disown_all() {
    disown_stale
    [ ! -e "$state/dirs" ] || tac "$state/dirs" | while IFS= read -r dir; do rmdir "$root$dir" 2>/dev/null || :; done
}

# own_unit NAME TEXT: a systemd service of ours, started now and at boot; restarted when its text changed. Sets $unit_paths to its
# paths, as words; disown_unit sets it to nothing.
# shellcheck disable=SC2034 # for the step
own_unit() {
    unit_paths="/etc/systemd/system/$1 /etc/systemd/system/multi-user.target.wants/$1"
    own_file "/etc/systemd/system/$1" 0644 "$2"
    own_link "/etc/systemd/system/multi-user.target.wants/$1" "/etc/systemd/system/$1"
    if $pending || ! systemctl is-active -q "$1"; then
        will_change
        run systemctl daemon-reload
        run systemctl restart "$1" || die "the service $1 does not start; see journalctl -u $1"
    fi
}

# shellcheck disable=SC2034 # for the step
disown_unit() {
    unit_paths=''
    [ -e "$state/own/etc/systemd/system/$1" ] || return 0
    will_change
    run systemctl stop "$1" || :
    disown_file "/etc/systemd/system/multi-user.target.wants/$1"
    disown_file "/etc/systemd/system/$1"
    run systemctl daemon-reload
}
