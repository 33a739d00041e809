#!/bin/sh
# What a pod is made of on its node. Values: PAUSE, PID: the first processes of its sandbox and of a container, PAUSE empty where
# there is none; SANDBOX, CONTAINER: their ids; ADDRESS of the pod; BRIDGE; LOGS, the folder of its logs.

namespaces() { for kind in net ipc uts pid mnt; do echo "$kind $(readlink "/proc/$1/ns/$kind")"; done; }

# Where runc was told what to run: by containerd, by Docker's own containerd, by CRI-O.
bundle() {
    for folder in /run/containerd/io.containerd.runtime.v2.task/*/"$CONTAINER" \
        /run/docker/containerd/daemon/io.containerd.runtime.v2.task/*/"$CONTAINER" \
        /run/containers/storage/*-containers/"$CONTAINER"/userdata /var/lib/containers/storage/*-containers/"$CONTAINER"/userdata; do
        [ ! -e "$folder/config.json" ] || { echo "$folder" && return; }
    done
    return 1
}

# libcni's own record of ADD (libcni/api.go, cacheAdd); cri-dockerd keeps it in a folder of its own.
cache_files() {
    for file in /var/lib/cni/results/*"-$SANDBOX-"* /var/lib/cni/cache/results/*"-$SANDBOX-"*; do
        [ ! -e "$file" ] || echo "$file"
    done
}

masquerade() { iptables-save -t nat | grep -F "$SANDBOX"; }
inside() { nsenter -t "$PID" -n "$@"; }

if [ -n "$PAUSE" ]; then
    section pause arguments "$PAUSE"
    section sandbox-namespaces namespaces "$PAUSE"
fi
section namespaces namespaces "$PID"
section resolv cat "/proc/$PID/root/etc/resolv.conf"
section cgroup text "/proc/$PID/cgroup"
folder=$(bundle)
section bundle echo "$folder"
section specification cat "$folder/config.json"
section cache-files cache_files
section cache cat "$(cache_files | grep -e '-eth0$' | head -n 1)"
section lease grep -sF "$SANDBOX" /var/lib/cni/networks/*/"$ADDRESS"
section eth0 inside ip -j -4 address show dev eth0
section link inside ip -j link show dev eth0
section route inside ip -j -4 route show default
section lo inside ip -j link show dev lo
section ports ip -j link show master "$BRIDGE"
section bridge ip -j -4 address show dev "$BRIDGE"
section masquerade masquerade
section logs find "$LOGS" -name '*.log'
section log-links find /var/log/containers -name "*-$CONTAINER.log" -printf '%p -> %l\n'
