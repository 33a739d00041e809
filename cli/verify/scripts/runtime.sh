#!/bin/sh
# What the container runtime's daemon is and has loaded. Values: KIND; SERVICES, separated by blanks; CONTAINERD, path of
# containerd's socket, for every runtime.

main_pid() { systemctl show -p MainPID --value "$1"; }

# With the program that is running: one from an archive is not on the PATH.
crio_config() {
    crio=$(readlink "/proc/$(main_pid crio.service)/exe") || { echo "crio.service has no process" && return 1; }
    clean "$crio" status --socket "$SOCKET" config
}

# Unix sockets that are listened on; the flag is __SO_ACCEPTCON (proc(5), /proc/net/unix).
listening() { awk '$4 == "00010000" { print $8 }' /proc/net/unix; }

# shellcheck disable=SC2086 # a list of words
section services systemctl show -p Id -p ActiveState -p UnitFileState $SERVICES
section cgroup2 there /sys/fs/cgroup/cgroup.controllers
section listening listening
section plugins ctr --address "$CONTAINERD" --connect-timeout 5s plugins ls
case $KIND in
containerd)
    section config-dump clean containerd config dump
    section command arguments "$(main_pid containerd.service)"
    section drop-ins systemctl show -p DropInPaths --value containerd.service
    ;;
crio) section config crio_config ;;
docker | mirantis)
    section info clean docker info --format '{{json .}}'
    section command arguments "$(main_pid cri-docker.service)"
    section next-command systemctl show -p ExecStart cri-docker.service
    ;;
esac
