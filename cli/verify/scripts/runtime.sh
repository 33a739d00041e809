#!/bin/sh
# What the container runtime's daemon is and has loaded. Values: KIND; SERVICES, separated by blanks; SOCKET.
# shellcheck disable=SC2086 # a list of words
section services systemctl show -p Id -p ActiveState -p UnitFileState $SERVICES
section cgroup2 there /sys/fs/cgroup/cgroup.controllers
if [ "$KIND" = containerd ]; then
    section config-dump containerd config dump
    section plugins ctr --address "$SOCKET" --connect-timeout 5s plugins ls
fi
