#!/bin/sh
# Takes away what a run of `follow` has made on this host, also one that was cut off: see followpod.sh and followwatch.sh. Its folder
# in LOCKS says what there is: `spaces`, the networks that are watched; `monitors`, process ids; `pods`, networks of its own.

# inside PATH COMMAND...: runs it in another network namespace, or in the host's where the path is `-`.
inside() {
    path=$1
    shift
    if [ "$path" = - ]; then "$@"; else nsenter --net="$path" "$@"; fi
}

# stop_watching FOLDER: ends the monitors, whose output is complete then, and takes our tables out of every network.
stop_watching() {
    [ ! -e "$1/monitors" ] || while read -r pid; do
        case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in *nft*monitor\ trace*) kill "$pid" ;; esac
    done <"$1/monitors"
    [ ! -e "$1/spaces" ] || while read -r _ path; do
        for family in netdev bridge ip; do inside "$path" nft delete table "$family" "$(follow_table "${1##*-}")"; done
    done <"$1/spaces"
    rm -f "$1/monitors" "$1/spaces"
} 2>/dev/null

follow_table() { echo "hardway_follow_$1"; }

# one_at_a_time FOLDER: waits for what else works on it. What runs longer than a script has to close 8.
one_at_a_time() { exec 8<"$1" && flock -w 30 8; }

# take_away RUN: also while followpod.sh or followwatch.sh still runs, after an interrupt.
take_away() {
    folder=$LOCKS/hardway-follow-$1
    [ -d "$folder" ] || return 0
    one_at_a_time "$folder"
    stop_watching "$folder"
    [ ! -e "$folder/pods" ] || while read -r pod; do remove_pod "$pod" "$folder/bridge.conf" "$folder/bin"; done <"$folder/pods"
    rm -rf "$folder"
}

# remove_pod NAME CONF FOLDER: the opposite of what followpod.sh does, with the plugins in that folder.
remove_pod() {
    CNI_COMMAND=DEL CNI_CONTAINERID=$1 CNI_NETNS=/run/netns/$1 CNI_IFNAME=eth0 CNI_PATH=$3 "$3/bridge" <"$2"
    [ ! -e "/run/netns/$1" ] || ip netns del "$1"
} >/dev/null 2>&1
