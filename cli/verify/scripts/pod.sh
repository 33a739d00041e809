#!/bin/sh
# Traces of a probe pod on its host. Values: PID of its container's first process; ADDRESS.
section cgroup text "/proc/$PID/cgroup"
# The network's name is the folder's.
section lease there /var/lib/cni/networks/*/"$ADDRESS"
