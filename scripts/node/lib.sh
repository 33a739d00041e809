# Shared by the node scripts: it is put before each of them and does nothing by itself. A line `. ./lib-NAME.sh` in a
# script stands for that file's text. Of these libraries, a step is sent the functions that it uses, without what stands above
# them, and all that is not a function.
#
# A step calls `begin`, changes what differs, verifies, and ends with `finish`; its undo calls `begin_undo` and ends with
# `finish_undo`. STEP is the script's file name without .sh or .undo.sh. What a step knows of its host is kept under
# /var/lib/hardway/STEP: see lib-own.sh, and
#   pending    something was written whose effect is not verified yet: the next run finishes it
# Undo needs nothing but that folder, so it works whatever the inputs are by then.
# Reads: STEP; HARDWAY_ROOT, LOCK_WAIT, APT_WAIT, see below; SECRETS, see read_secrets.
# Sets: $root, before every path; $state, the step's folder; $log, its log; $newline; $changed; $pending; $facts; $json, see
#   json_string; $messages, the descriptor that messages go to.

# Prefix of every file path, for tests that run a step against a folder.
root=${HARDWAY_ROOT-}
# Seconds to wait for another step on this host, and for another program that uses apt.
: "${LOCK_WAIT:=300}" "${APT_WAIT:=300}"
# sudo's secure_path has these, the PATH of a root login over SSH may not.
[ -n "$root" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH LC_ALL=C
umask 022
# shellcheck disable=SC2034 # for libraries
newline='
'
state=$root/var/lib/hardway/$STEP log='' messages=2 message='' last_command='' changed=false pending=false facts=''

# --- messages ---------------------------------------------------------------------------------------------------------

# die TEXT: ends the step; the text says what, what was found and what to do.
die() {
    message="hardway: $STEP: $*"
    exit 1
}

# tell TEXT: what takes its time now, for whoever watches the step; if nobody does any more, it goes on. Never anything
# secret: the caller may keep it. The dots tell it from what tools print and from errors.
tell() { (trap '' PIPE && printf '... %s\n' "$*" >&"$messages") || :; }

# run COMMAND...: logs the command and keeps it away from our stdin.
run() {
    last_command=$*
    printf '+ %s\n' "$last_command"
    "$@" </dev/null
}

# each_line FUNCTION TEXT: calls it with each line of TEXT that is not empty.
each_line() {
    while IFS= read -r line; do
        [ -z "$line" ] || "$1" "$line"
    done <<END
$2
END
}

# wait_for TRIES PAUSE COMMAND...: it succeeds, tried that often with a pause of so many seconds between; false where it never does.
wait_for() {
    tries=$1 pause=$2
    shift 2
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep "$pause"
    done
}

on_exit() {
    status=$?
    trap - EXIT HUP INT TERM
    if [ "$status" -ne 0 ]; then
        if [ -n "$log" ]; then
            # The whole of stderr stays under 4 KiB: the caller keeps it in its state and its error message.
            tail -c +"$((log_start + 1))" "$log" | tail -n 15 | tail -c 1900 >&4 || :
            printf '%s\n' "$message" >>"$log" || :
            exec 2>&4
        fi
        if [ -z "$message" ]; then
            message="hardway: $STEP: stopped with status $status${last_command:+ after: $last_command};"
            message="$message run it again after mending what the lines above say${log:+ (all of them: $log)}"
        fi
        printf '%s\n' "$message" | head -c 2000 >&2
    fi
    exit "$status"
}

# begin: takes the host's lock and sends the output of every tool to the step's log.
begin() {
    trap on_exit EXIT
    trap 'die "was stopped by a signal, most likely its time limit; run it again: it goes on where it stopped"' HUP INT TERM
    [ "$(id -u)" = 0 ] || die "needs root; found user $(id -un). Send it through sudo -n"
    lock
    (umask 077 && { [ -d "$root/var/log/hardway" ] || mkdir -p "$root/var/log/hardway"; } && : >>"$root/var/log/hardway/$STEP.log") ||
        die "cannot write /var/log/hardway/$STEP.log; free disk space or mount /var writable"
    log=$root/var/log/hardway/$STEP.log
    log_start=$(wc -c <"$log")
    # One megabyte of old runs is enough.
    [ "$log_start" -lt 1048576 ] || { : >"$log" && log_start=0; }
    exec 3>&1 4>&2 >>"$log" 2>&1
    messages=4
    printf '== %s %s\n' "$started" "$STEP"
    # shellcheck disable=SC2034 # lib-own.sh asks for it
    [ ! -e "$state/pending" ] || pending=true changed=true
}

# read_secrets: with SECRETS=stdin, takes variables from standard input, one `NAME BASE64` a line. They are in no log, which
# holds what tools print and what `run` is given.
read_secrets() {
    [ "${SECRETS-}" = stdin ] || return 0
    while read -r secret_name secret_value; do
        # The full stop keeps line breaks at the end.
        secret_value=$(printf '%s' "$secret_value" | base64 -d && printf .) || die "cannot read the secret $secret_name from standard input"
        eval "$secret_name=\${secret_value%.}"
    done
    secret_value=''
}

lock() {
    exec 9>>"$root/run/lock/hardway.lock" || die "cannot open /run/lock/hardway.lock"
    flock -n 9 || tell "waiting for another step: $(cat "$root/run/lock/hardway.lock")"
    flock -w "$LOCK_WAIT" 9 ||
        die "another hardway step has held /run/lock/hardway.lock for $LOCK_WAIT s: $(cat "$root/run/lock/hardway.lock")." \
            "Wait for it or end it, then run again"
    started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    printf '%s, pid %s, since %s\n' "$STEP" "$$" "$started" >"$root/run/lock/hardway.lock"
}

# finish: the effect is verified; prints the facts as one line of JSON.
finish() {
    rm -f "$state/pending"
    printf '{"changed":%s%s}\n' "$changed" "$facts" >&3
}

# begin_undo: like begin; ends at once when there is nothing of the step on this host.
begin_undo() {
    if [ ! -e "$state" ] && [ ! -e "$root/var/log/hardway/$STEP.log" ]; then
        printf '{"changed":false}\n'
        exit 0
    fi
    begin
}

finish_undo() {
    rm -rf "$state"
    rm -f "$log"
    log=''
    rmdir "$root/var/lib/hardway" "$root/var/log/hardway" 2>/dev/null || :
    printf '{"changed":true}\n' >&3
}

# --- facts ------------------------------------------------------------------------------------------------------------

# json_string VALUE: sets $json to VALUE as a JSON string.
json_string() {
    case $1 in
    *[\\\"[:cntrl:]]*)
        # The full stop keeps line breaks at the end, which $(...) and awk would drop.
        json=$(printf '%s.' "$1" | tr -d '\000-\010\013\014\016-\037\177' |
            sed 's/\\/\\\\/g; s/"/\\"/g; s/	/\\t/g; s/\r/\\r/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')
        json="\"${json%.}\""
        ;;
    *) json="\"$1\"" ;;
    esac
}

# json_pair NAME VALUE: sets $json to a member of a JSON object.
json_pair() {
    json_string "$2"
    json_value=$json
    json_string "$1"
    json="$json:$json_value"
}

# fact NAME VALUE: adds a text to the facts; fact_json NAME JSON adds anything else.
fact() {
    json_pair "$1" "$2"
    facts="$facts,$json"
}
fact_json() { facts="$facts,\"$1\":$2"; }

# cgroup_version: the unified hierarchy has this file, the first version has it nowhere (kernel, admin-guide/cgroup-v2).
cgroup_version() { if [ -e "$root/sys/fs/cgroup/cgroup.controllers" ]; then echo 2; else echo 1; fi; }
