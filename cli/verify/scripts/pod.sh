#!/bin/sh
# Traces of a probe pod on its host. Values: PID of its container's first process; ADDRESS.
section cgroup text "/proc/$PID/cgroup"
section seccomp sed -n 's/^Seccomp:[[:space:]]*//p' "/proc/$PID/status"
# apparmor: prints the container's profile, or `off`: runtimes load none without the program.
apparmor() {
    if [ -e /sys/kernel/security/apparmor/profiles ] && command -v apparmor_parser >/dev/null; then
        text "/proc/$PID/attr/current"
    else
        echo off
    fi
}
section apparmor apparmor
# The network's name is the folder's.
section lease there /var/lib/cni/networks/*/"$ADDRESS"
