#!/bin/sh
# Waits until the host has finished booting, WAIT seconds at most: a runtime that is still starting cannot be checked yet. No row
# shows systemd's answer, since a failed unit may be unrelated to the lab.
section boot timeout "$WAIT" systemctl is-system-running --wait
