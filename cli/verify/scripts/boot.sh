#!/bin/sh
# Waits until the host has finished booting, WAIT seconds at most: a runtime that is only starting is not yet what is to be
# looked at. What systemd says then is nobody's row, since a unit that failed may have nothing to do with us.
section boot timeout "$WAIT" systemctl is-system-running --wait
