# The way back to the programs and the configuration that a daemon last worked with, for when it does not work with the new.
# Reads: SERVICES, what to restart for that; $ran, whether the daemon ran before this run; $restart_how, see start_again.
# Sets: $outcome, see go_back.

# keep PATH: before it changes, keeps what the daemon last worked with, until `settled`. A run that is cut off leaves the
# mark, so that the next one restarts the daemon. $ran says whether the daemon ran before this run.
keep() {
    [ ! -e "$state/worked/seen$1" ] || return 0
    will_change
    if [ ! -e "$state/worked/seen" ] && ${ran-false}; then private_dir "$state/worked" && : >"$state/worked/ran"; fi
    private_dir "$state/worked/seen${1%/*}"
    if [ -e "$root$1" ] || [ -L "$root$1" ]; then
        private_dir "$state/worked/was${1%/*}"
        put "$root$1" "$state/worked/was$1"
    fi
    : >"$state/worked/seen$1"
}

# keep_old PATH MODE TEXT: keeps it where it is about to change to TEXT.
keep_old() { holds "$1" "$3" || keep "$1"; }

# differs PATH: it is not what the daemon last worked with.
differs() { [ -e "$state/worked/seen$1" ]; }

# settled: the daemon works with what is there now.
settled() { rm -rf "$state/worked"; }

# go_back SERVICE...: puts back what was kept and restarts these; sets $outcome to what to say of it. False where the services did
# not run before us.
go_back() {
    [ -e "$state/worked/ran" ] || return 1
    outcome='What worked before is back in place'
    find "$state/worked/seen" ! -type d -printf '/%P\n' | while IFS= read -r back; do
        if [ -e "$state/worked/was$back" ] || [ -L "$state/worked/was$back" ]; then
            put "$state/worked/was$back" "$root$back"
        else
            rm -f "$root$back"
        fi
    done
    run systemctl daemon-reload || :
    # Without a name, reset-failed would be about every service of the host.
    [ $# -eq 0 ] || start_again "$@"
    settled
}

# start_again SERVICE...: restarts these; $restart_how is --no-block where a start may take as long as it likes, such as until
# another host is there, and unset elsewhere.
start_again() {
    run systemctl reset-failed "$@" || :
    # shellcheck disable=SC2086 # an option or nothing
    run systemctl restart ${restart_how-} "$@" || outcome="$outcome, but does not start either"
    [ -n "${restart_how-}" ] || return 0
    for again; do wait_for 90 2 systemctl is-active -q "$again" || outcome="$outcome, but $again does not start with it either"; done
}

# failed SERVICE TEXT: ends the step with the service's last lines; what worked before comes back, so that the host keeps a
# runtime. SERVICES: what to restart for that, which may be nothing.
failed() {
    failed_service=$1
    shift
    journal=$(journalctl -u "$failed_service" -n 20 -o cat --no-pager 2>/dev/null | tail -c 1200 || :)
    # shellcheck disable=SC2086 # a list of words
    if [ -d "$state/worked/seen" ] && go_back $SERVICES; then
        die "$*. $outcome. The last lines of $failed_service were:$newline$journal"
    fi
    die "$*. The last lines of $failed_service were:$newline$journal"
}
