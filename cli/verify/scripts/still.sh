#!/bin/sh
# Holds the kubelet still, if one runs here. Values: RUN; LIMIT, seconds after which systemd lets it go on, also where the connection is
# lost and nothing of this run is left. Prints its process, or nothing.
hold_still() {
    pid=$(systemctl show -p MainPID --value kubelet.service)
    [ "${pid:-0}" != 0 ] || return 0
    # Timers are late by up to a minute by default, so that several can run at once (systemd.timer(5), AccuracySec=).
    systemd-run --quiet --collect --unit="hardway-verify-$RUN" --on-active="$LIMIT" --timer-property=AccuracySec=1s \
        systemctl kill -s CONT kubelet.service || return
    note_held
    kill -STOP "$pid" && echo "$pid"
    # A run that was interrupted meanwhile is no longer there to let it go on.
    alive "$RUN" || go_on
}
section kubelet hold_still
