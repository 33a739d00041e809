#!/bin/sh
# What the container runtime's daemon is and has loaded. Values: SERVICE; SOCKET.
section service systemctl show -p ActiveState -p UnitFileState "$SERVICE"
section config-dump containerd config dump
section plugins ctr --address "$SOCKET" --connect-timeout 5s plugins ls
