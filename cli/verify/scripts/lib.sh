# shellcheck shell=sh
# Precedes the scripts that report: sections of output between lines that start with MARK, a word that nobody can guess.
# SCOPE is the script's name, LOCKS the folder of hold.sh.

# section NAME COMMAND...: what the command printed and its exit status.
section() {
    printf '%s begin %s %s\n' "$MARK" "$SCOPE" "$1"
    shift
    "$@" 2>&1
    printf '\n%s end %s\n' "$MARK" "$?"
}

# text FILE: like cat, but without a process, which takes longer than reading a small file.
text() {
    if [ ! -r "$1" ]; then
        echo "$1: no such file"
        return 1
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        printf '%s\n' "$line"
    done <"$1"
}

# clean COMMAND...: the command's standard output, without standard error, e.g. warnings, unless it failed.
clean() {
    {
        said=$("$@" 2>&1 >&3 3>&-) || {
            code=$?
            printf '%s\n' "$said"
            return "$code"
        }
    } 3>&1
}

# arguments PID: the arguments of a process, its own name first, one on each line.
arguments() { tr '\0' '\n' <"/proc/$1/cmdline"; }

# there PATH: prints the path if it exists.
there() { [ -e "$1" ] && printf '%s\n' "$1"; }

# alive RUN: whether that verification still runs.
alive() { [ -e "$LOCKS/hardway-verify-$1.lock" ] && ! flock -n "$LOCKS/hardway-verify-$1.lock" true; }

# others: whether verifications besides RUN still run.
others() {
    for lock in "$LOCKS"/hardway-verify-*.lock; do
        run=${lock##*/hardway-verify-} run=${run%.lock}
        if [ "$run" != "$RUN" ] && alive "$run"; then return 0; fi
    done
    return 1
}

# A kubelet removes at once the pods that it does not know, so still.sh stops its process, and notes that in $held. go_on lets it go on,
# unless another run needs it still.
held=$LOCKS/hardway-verify-kubelet
is_held() { [ -e "$held" ]; }
note_held() { : >"$held"; }
go_on() {
    is_held || return 0
    others || { systemctl kill -s CONT kubelet.service && rm -f "$held" && systemctl stop 'hardway-verify-*.timer'; }
}

# The bridge plugin turns ip_forward on for each pod, and with it forwarding of every card: a verification's pod would repair
# what has to be checked. Where it was off, hold.sh records the settings, and put_back restores them, unless a step that may have
# set them ran since then.
. ./lib-forwarding.sh
root=''
: "${IPV4:=/proc/sys/net/ipv4}"
forwarding=$LOCKS/hardway-verify-forwarding
put_back() {
    [ -e "$forwarding" ] || return 0
    [ -z "$(find "$LOCKS/lock/hardway.lock" -newer "$forwarding" 2>/dev/null)" ] || return 0
    restore_forwarding "$IPV4" <"$forwarding"
}
