#!/bin/sh
# What the container runtime's daemon is and has loaded. Values: SERVICE.
section service systemctl show -p ActiveState -p UnitFileState "$SERVICE"
section config-dump containerd config dump
section plugins ctr plugins ls
