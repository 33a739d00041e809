# Services of ours: programs from releases, with units and files of theirs, running now and after every reboot.
# Reads: SERVICES, their names in the order in which they start. SERVICE_FILES: `SERVICE PATH` a line, for each file that a service
#   reads when it starts. OWN_PATHS, paths that are the step's own besides; unset for none.
# Sets: $ran, whether one of them ran before; $restart_how, see lib-rollback.
. ./lib-own.sh
. ./lib-problems.sh
. ./lib-packages.sh
. ./lib-artifacts.sh
. ./lib-rollback.sh
. ./lib-releases.sh

wants=/etc/systemd/system/multi-user.target.wants
restart_how=--no-block

# port_problems SERVICE PORT...: a problem for each of the ports on which a program other than that service listens. ss(8) names it.
port_problems() {
    of_service=$1
    shift
    main=$(systemctl show -p MainPID --value "$of_service" 2>/dev/null || echo 0)
    for port; do
        user=$(ss -Hltnp "sport = :$port" | grep -v "pid=$main," | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (pid \2)/p' | head -n 1)
        [ -z "$user" ] || problem "port $port of $of_service is in use by $user. End that program, or let it use another port"
    done
}

# network_problems CIDR: a problem for each network of this host that has addresses in common with the Services'. The card that IPVS
# gives these addresses to is no network. Needs lib-network.
network_problems() {
    problem_lines "$(networks_within "$1" kube-ipvs0 |
        sed "s|.*|this host is on &, and Services have $1, so that what is there could not be reached. Take another network for the Services|")"
}

# foreign_unit_problems: a problem for each of the services that somebody else has set up here.
foreign_unit_problems() {
    for service in $SERVICES; do
        unit=/etc/systemd/system/$service.service
        found=$(systemctl show -p FragmentPath --value "$service.service" 2>/dev/null || :)
        if [ -n "$found" ] && [ ! -e "$state/own$unit" ]; then
            problem "$found is a $service of somebody else's. Remove it, or leave this host out of the cluster"
        fi
    done
}

# older_problems RELEASE...: a problem for each of them that is to be of an older version than works here: what a newer one has
# written, an older one may not read.
older_problems() {
    for release; do
        if ! versions_of "$release"; then continue; fi
        [ "$(newer_of "$working" "$wanted")" = "$wanted" ] ||
            problem "$release $wanted is older than $working, which runs here. Take $working or newer, or remove the cluster first"
    done
}

# skipped_minor_problems RELEASE...: a problem for each of them that would skip a minor version: it reads only what the one before it
# has written (kubernetes.io/releases/version-skew-policy; etcd.io/docs, "Upgrading etcd clusters").
skipped_minor_problems() {
    for release; do
        if ! versions_of "$release"; then continue; fi
        next=$(printf '%s\n' "$working" | awk -F . '{ print $1 "." $2 + 1 }')
        [ "$(newer_of "${wanted%.*}" "$next")" = "$next" ] ||
            problem "$release $wanted skips a minor version: $working runs here. Take $next first, or remove the cluster first"
    done
}

# versions_of RELEASE: sets $working to the version that works here and $wanted to the one that is to; false when there are not two.
versions_of() {
    if $pending || ! artifact_line "$1"; then return 1; fi
    working=$(readlink "$root$release_folder/$1/current" || :)
    working=${working%-*} wanted=${tree_line%% *}
    [ -n "$working" ]
}
newer_of() { printf '%s\n' "$@" | sort -V | tail -n 1; }

# own_services: all of that is there, and runs what is there. Those that ran, and whose files are as they were, go on.
own_services() {
    ran=false links=${OWN_PATHS-}
    for service in $SERVICES; do
        if systemctl is-active -q "$service"; then ran=true; fi
        links="$links $wants/$service.service"
    done
    stage_programs
    # shellcheck disable=SC2086 # paths without spaces
    switch_to $links
    if $pending; then run systemctl daemon-reload; fi
    for service in $SERVICES; do
        own_link "$wants/$service.service" "/etc/systemd/system/$service.service"
        start_service "$service"
    done
}

# start_service SERVICE: it runs with its files as they are, or is about to. Nobody waits for it here: what it needs may not be
# there yet.
start_service() {
    case $(systemctl is-active "$1" || :) in active | activating) service_differs "$1" || return 0 ;; esac
    will_change
    tell "starting $1"
    run systemctl reset-failed "$1" || :
    run systemctl restart --no-block "$1" || service_failed "$1" "$1 cannot be started"
}

# service_differs SERVICE: its program or a file of its is not what it last worked with. Of a new version with the same layout,
# only the link to the release is another.
service_differs() {
    if differs "$(program_link "$1")" || differs "$release_folder/$1/current"; then return 0; fi
    for path in $(printf '%s\n' "$SERVICE_FILES" | awk -v service="$1" '$1 == service { print $2 }'); do
        if differs "$path"; then return 0; fi
    done
    return 1
}
program_link() { echo "/usr/local/bin/$1"; }

# await SERVICE TRIES PAUSE TEXT COMMAND...: COMMAND succeeds; else the step ends with TEXT and the service's last lines, and what
# worked before is back.
await() {
    awaited=$1 await_tries=$2 await_pause=$3 await_text=$4
    shift 4
    wait_for "$await_tries" "$await_pause" "$@" || service_failed "$awaited" "$await_text. Mend what its last lines say, then run again"
}

# service_failed SERVICE TEXT: ends the step; the services whose files have changed run again with those that worked before. Where
# only what none of them reads has changed, such as an administrator's kubeconfig, none is restarted.
service_failed() {
    changed_services=''
    for service in $SERVICES; do
        if service_differs "$service"; then changed_services="$changed_services $service"; fi
    done
    SERVICES=$changed_services
    failed "$@"
}

# healthy URL [OPTION...]: an answer of HTTP status 200. answer_of URL [OPTION...]: prints that.
healthy() { answer_of "$@" >/dev/null; }
answer_of() { curl -q -s -f --max-time 10 "$@" </dev/null; }

# stop_services SERVICE...: they run no more.
stop_services() {
    for service; do
        if [ -e "$state/own/etc/systemd/system/$service.service" ]; then
            run systemctl stop "$service" || :
            # One that failed would be on systemd's list even without its unit.
            run systemctl reset-failed "$service" || :
        fi
    done
}

# undo_services: nothing of the services is left but their data.
undo_services() {
    drop_artifacts
    disown_all
    run systemctl daemon-reload
}
